"""``make bench``: logins per second, latency, CPU, cold start, memory and storage, beside two peers and a floor.

Contenders take turns in short rounds, so that whatever else the machine does meets all of them; the figures are
medians. An answer that is not a code, a token or the right profile voids the run: exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

import contenders
import report
import stored
from contenders import Contender, NotStarted, Running
from generator import Generator, Load, log_in_once
from logins import Place, Wrong
from processes import cpu_seconds, memory_bytes

T = TypeVar("T")
PARTS = ("cold", "logins", "stored")


class Void(Exception):
    """A failed login: nothing that was measured means anything."""


def main() -> int:
    options = arguments()
    if not Path("/proc/self/smaps_rollup").exists():
        print("The benchmark reads CPU and memory from /proc: it needs Linux.", file=sys.stderr)
        return 2
    results = report.Results(report.machine())

    def leave_out(what: str) -> None:
        results.left_out.append(what)
        tell(what)

    chosen = contenders.all_of(options.only, leave_out)
    results.versions = {contender.name: contender.version for contender in chosen if contender.version}
    try:
        with Generator() as generator:
            if "cold" in options.parts:
                measure_cold(chosen, options, generator, results)
            if "logins" in options.parts:
                measure_logins(chosen, options, generator, results)
            if "stored" in options.parts and "ninestep" in options.only:
                measure_stored(options, generator, results)
    except (Void, Wrong, NotStarted) as error:
        print(f"\n*** VOID *** a login failed, so no figure counts: {error}", file=sys.stderr)
        return 1
    print(report.text(results, judge=not options.quick))
    if options.json:
        options.json.write_text(json.dumps(dataclasses.asdict(results), indent=1))
    return 0


def arguments() -> argparse.Namespace:
    names = list(contenders.KNOWN)
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, help="turns of each contender (default 5)")
    parser.add_argument("--seconds", type=float, help="length of a turn (default 2)")
    parser.add_argument("--connections", type=_numbers, help="people at once (default 1,8,32)")
    parser.add_argument("--tokens", type=int, help="live tokens of the full town (default 100000)")
    parser.add_argument("--only", type=_names(names), default=names, help=f"of {','.join(names)}")
    parser.add_argument("--parts", type=_names(PARTS), default=list(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all rounds to FILE")
    parser.add_argument(
        "--quick", action="store_true", help="does all of it still run? Half a minute, rough figures"
    )
    options = parser.parse_args()
    usual = (1, 0.4, [1, 8], 2000) if options.quick else (5, 2.0, [1, 8, 32], 100_000)
    for name, value in zip(("rounds", "seconds", "connections", "tokens"), usual, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def _numbers(raw: str) -> list[int]:
    return [int(part) for part in raw.split(",")]


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    def parse(raw: str) -> list[str]:
        names = raw.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return names

    return parse


def measure_cold(
    chosen: list[Contender], options: argparse.Namespace, generator: Generator, results: report.Results
) -> None:
    """Spawn to first login, each alone on the machine; the first start of each only warms the disk's cache."""
    chosen = [contender for contender in chosen if contender.name != "canned"]
    for turn in range(options.rounds + 1):
        for contender in rotated(chosen, turn):
            tell(f"cold start {turn}/{options.rounds}: {contender.name}")
            began = time.perf_counter()
            running = contender.start()
            try:
                place = next(iter(running.places.values()))
                log_in_once(place)
                seconds = time.perf_counter() - began
                counted(generator.run(place, 8, min(1.0, options.seconds)), contender.name)
                cold = results.cold.setdefault(contender.name, report.Cold())
                if turn:
                    cold.seconds.append(seconds)
                    cold.servers.append(memory_bytes(running.servers.values()))
                    cold.store.append(memory_bytes(running.store.values()))
            finally:
                running.stop()


def measure_logins(
    chosen: list[Contender], options: argparse.Namespace, generator: Generator, results: report.Results
) -> None:
    with contextlib.ExitStack() as stack:
        all_running: list[Running] = []
        for contender in chosen:
            running = contender.start()
            stack.callback(running.stop)
            if contender.name == "ninestep":
                contenders.add_standard(running)
            all_running.append(running)
        pairs = [(running, row) for running in all_running for row in running.places]
        for running, row in pairs:  # connections, caches and a full trace before anything counts
            results.rows[row] = report.Row({connections: [] for connections in options.connections})
            counted(
                generator.run(running.places[row], max(options.connections), min(1.5, options.seconds)), row
            )
        for turn in range(options.rounds):
            for connections in options.connections:
                tell(f"logins, round {turn + 1}/{options.rounds}, {connections} connections")
                for running, row in rotated(pairs, turn):
                    measured = one_round(running, row, connections, options.seconds, generator)
                    results.rows[row].rounds[connections].append(measured)
        for running in all_running:
            if "provider_url" in running.info:
                for place in running.places.values():
                    contenders.check_trace(running, place)
                results.dropped = contenders.records_dropped(running)


def one_round(
    running: Running, row: str, connections: int, seconds: float, generator: Generator
) -> report.Round:
    before = cpu_seconds(running.servers.values()), cpu_seconds(running.store.values())
    load = counted(generator.run(running.places[row], connections, seconds), row)
    after = cpu_seconds(running.servers.values()), cpu_seconds(running.store.values())
    per_1000 = 1000 / load.logins
    return report.Round(
        per_second=load.logins / load.seconds,
        p50=percentile(load.latencies, 50),
        p99=percentile(load.latencies, 99),
        answer_p99=percentile(load.answers, 99),
        servers=(after[0] - before[0]) * per_1000,
        store=(after[1] - before[1]) * per_1000,
        generator=load.cpu * per_1000,
        logins=load.logins,
    )


def measure_stored(options: argparse.Namespace, generator: Generator, results: report.Results) -> None:
    running = contenders.start_town()
    try:
        place: Place = next(iter(running.places.values()))
        tell("bytes per stored login")
        results.bytes = stored.bytes_per_login(running, place, generator, 500 if options.quick else 3000)
    finally:
        running.stop()
    counts = [1000, options.tokens]
    results.crowded = stored.cost_by_tokens(counts, options.rounds, options.seconds, generator, tell)


def counted(load: Load, name: str) -> Load:
    if load.failures:
        raise Void(
            f"{name}: {len(load.failures)} of {load.logins + len(load.failures)}, first: {load.failures[0]}"
        )
    if not load.logins:
        raise Void(f"{name}: none was finished")
    return load


def percentile(values: list[float], percent: int) -> float:
    """In milliseconds."""
    return 1000 * (quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0])


def rotated(items: list[T], by: int) -> list[T]:
    by %= len(items)
    return items[by:] + items[:by]


def tell(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
