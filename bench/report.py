"""The figures as a person reads them: medians of rounds, the targets, and what this was measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from stored import Bytes, Crowded

PEER = "oidc-provider-mock"
OURS = {  # with the row of the peer that does the same
    "ninestep, wechat": PEER,
    "ninestep, standard": PEER,
    "ninestep, OpenID Connect + JWT": f"{PEER}, OpenID Connect",
}
MB = 1024 * 1024


@dataclass
class Round:
    """One turn of one contender at one number of connections."""

    per_second: float
    p50: float  # milliseconds, whole logins
    p99: float
    answer_p99: float  # milliseconds, single requests
    servers: float  # CPU seconds per 1000 logins
    store: float
    generator: float
    logins: int


@dataclass
class Row:
    rounds: dict[int, list[Round]] = field(default_factory=dict)  # by connections

    def median(self, connections: int, figure: str) -> float:
        return float(median(getattr(turn, figure) for turn in self.rounds[connections]))


@dataclass
class Cold:
    seconds: list[float] = field(default_factory=list)
    servers: list[float] = field(default_factory=list)  # bytes, after a burst of logins
    store: list[float] = field(default_factory=list)


@dataclass
class Results:
    machine: str
    versions: dict[str, str] = field(default_factory=dict)
    cold: dict[str, Cold] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    dropped: int = 0
    bytes: Bytes | None = None
    crowded: list[Crowded] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def machine() -> str:
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        "CPU",
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {cpu}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def text(results: Results, *, judge: bool) -> str:
    """``judge``: also against the targets, which a hasty run has no right to."""
    parts = [
        _versions(results),
        _logins(results),
        _cold(results),
        _bytes(results),
        _crowded(results),
        _targets(results) if judge else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _versions(results: Results) -> str:
    names = [f"{name} {version}".strip() for name, version in results.versions.items()]
    return "\n".join([results.machine, "; ".join(names), *results.left_out])


def _logins(results: Results) -> str:
    if not results.rows:
        return ""
    head = [
        "",
        "conn",
        "logins/s",
        "p50 ms",
        "p99 ms",
        "request p99",
        "CPU s/1000",
        "+ Redis",
        "CPU range",
        "× peer",
    ]
    lines = []
    for connections in next(iter(results.rows.values())).rounds:
        for name, row in results.rows.items():
            cpu = row.median(connections, "servers")
            all_cpu = [turn.servers for turn in row.rounds[connections]]
            store = row.median(connections, "store")
            lines.append(
                [
                    name,
                    str(connections),
                    f"{row.median(connections, 'per_second'):.0f}",
                    f"{row.median(connections, 'p50'):.1f}",
                    f"{row.median(connections, 'p99'):.1f}",
                    f"{row.median(connections, 'answer_p99'):.1f}",
                    f"{cpu:.2f}",
                    f"{store:.2f}" if store else "",
                    f"{min(all_cpu):.2f}–{max(all_cpu):.2f}",
                    f"{cpu / peer:.2f}" if (peer := _peer_cpu(results, name, connections)) else "",
                ]
            )
    own = [row.median(c, "generator") for row in results.rows.values() for c in row.rounds]
    notes = [
        f"the generator itself took {min(own):.2f}–{max(own):.2f} CPU s/1000",
        f"records that the trace gave up: {results.dropped}",
    ]
    return (
        table("One complete login: authorize → code → token → userinfo", head, lines)
        + "\n"
        + "; ".join(notes)
    )


def _cold(results: Results) -> str:
    if not results.cold:
        return ""
    head = ["", "first login s", "range", "memory MB", "+ Redis MB"]
    lines = []
    for name, cold in results.cold.items():
        store = median(cold.store) / MB
        lines.append(
            [
                name,
                f"{median(cold.seconds):.2f}",
                f"{min(cold.seconds):.2f}–{max(cold.seconds):.2f}",
                f"{median(cold.servers) / MB:.0f}",
                f"{store:.0f}" if store else "",
            ]
        )
    return table(
        "Process spawn to the first complete login; memory (PSS) of the tree after a burst", head, lines
    )


def _bytes(results: Results) -> str:
    if results.bytes is None:
        return ""
    found = results.bytes
    kinds = [[kind, f"{size:.0f}"] for kind, size in found.kinds.items()]
    lines = [*kinds, ["a stored login", f"{found.total:.0f}"], ["(used_memory)", f"{found.used:.0f}"]]
    lines.append(["trace of the world, full", f"{found.trace / 1024:.0f} kB"])
    return table(f"Bytes per stored login in Redis, of {found.logins:,} logins", ["", "bytes"], lines)


def _crowded(results: Results) -> str:
    if not results.crowded:
        return ""
    lines = [
        [
            f"{crowd.tokens:,}",
            f"{crowd.tokens + crowd.logins + 600:,}",
            f"{median(crowd.servers):.2f}",
            f"{median(crowd.store):.2f}",
            f"{_total(crowd) / _total(results.crowded[0]):.2f}",
        ]
        for crowd in results.crowded
    ]
    head = ["live tokens", "at the end", "CPU s/1000", "+ Redis", "ratio"]
    return table("CPU per login and live tokens, at 8 connections", head, lines)


def _total(crowd: Crowded) -> float:
    return median(a + b for a, b in zip(crowd.servers, crowd.store, strict=True))


def _targets(results: Results) -> str:
    lines = [
        [what, f"{figure:.2f}", goal, "met" if met else "MISSED"]
        for what, figure, goal, met in _judged(results)
    ]
    return table("Targets", ["", "figure", "goal", ""], lines) if lines else ""


def _judged(results: Results) -> Iterable[tuple[str, float, str, bool]]:
    for name, same in OURS.items():
        row, peer = results.rows.get(name), results.rows.get(same)
        if row is None:
            continue
        for connections in row.rounds:
            at = f"{name}, {connections} connections"
            if peer:
                cpu = row.median(connections, "servers") / peer.median(connections, "servers")
                yield f"{at}: CPU × {same}", cpu, "≤ 0.60", cpu <= 0.6
                speed = row.median(connections, "per_second") / peer.median(connections, "per_second")
                yield f"{at}: logins/s × {same}", speed, "≥ 1.50", speed >= 1.5
            if connections == 32:
                slow = row.median(connections, "p99")
                yield f"{at}: p99 of a login, ms", slow, "< 50", slow < 50
    if (ours := results.cold.get("ninestep")) and (theirs := results.cold.get(PEER)):
        ratio = median(ours.seconds) / median(theirs.seconds)
        yield f"cold start × {PEER}", ratio, "≤ 2", ratio <= 2
    if ours := results.cold.get("ninestep"):
        memory = (median(ours.servers) + median(ours.store)) / MB
        yield "memory of the whole town with Redis, MB", memory, "≤ 200", memory <= 200
    if results.bytes:
        yield "bytes per stored login", results.bytes.total, "≤ 4096", results.bytes.total <= 4096
    for crowd in results.crowded[1:]:
        ratio = _total(crowd) / _total(results.crowded[0])
        yield f"cost per login at {crowd.tokens:,} tokens × at few", ratio, "≤ 1.10", ratio <= 1.1


def _peer_cpu(results: Results, name: str, connections: int) -> float:
    peer = results.rows.get(OURS.get(name, PEER))
    return peer.median(connections, "servers") if peer else 0.0


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def table(title: str, head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """Plain text, the first column to the left and the figures to the right."""
    rows = [list(head), *[list(line) for line in lines]]
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(head))]

    def line(row: Sequence[Any]) -> str:
        cells = [
            str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([title, line(rows[0]), "─" * (sum(widths) + 2 * len(widths) - 2), *map(line, rows[1:])])
