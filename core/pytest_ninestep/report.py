"""What a failed test shows: each flow of its world as messages and a picture, and where its HAR is. All masked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ninestep.testing import Flow, Ninestep

OUTPUT = pytest.StashKey[str]()  # where what a failed test shows is kept
MOST_FLOWS = 3  # of a test that logged in often, the newest


def explain(item: pytest.Item, report: pytest.TestReport, world: Ninestep) -> None:
    """Sections on the terminal, properties for JUnit, extras for pytest-html. A town that is gone does not hide the
    test's own failure."""
    if not world.made:
        report.sections.append(("Ninestep", "The test made no app: nothing was recorded."))
        return
    try:
        flows = world.flows(limit=MOST_FLOWS)
        if not flows:
            report.sections.append(
                ("Ninestep", f"No flow in world {world.name}: no browser came to {world.town.provider}.")
            )
        for number, flow in enumerate(flows, 1):
            _show(item, report, flow, number)
    except Exception as error:  # also a bug of ours
        report.sections.append(("Ninestep", f"The flows cannot be shown: {type(error).__name__}: {error}"))


def _show(item: pytest.Item, report: pytest.TestReport, flow: Flow, number: int) -> None:
    picture, har = flow.mermaid, flow.har
    folder = Path(item.config.stash[OUTPUT])
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{_name(item)}-{number}.har"
    place.write_text(json.dumps(har, ensure_ascii=False, indent=1), "utf-8")
    place.with_suffix(".mmd").write_text(picture, "utf-8")
    findings = [f"! {found['said']['en']}" for found in flow.findings if found["severity"] == "bad"]
    report.sections += [
        (f"Ninestep {flow}", "\n".join([*flow.lines(), *findings, f"HAR: {place}"])),
        (f"Ninestep Mermaid {flow.id}", picture),
    ]
    item.user_properties += [
        (f"ninestep_flow_{number}", str(flow)),
        (f"ninestep_har_{number}", str(place)),
        (f"ninestep_mermaid_{number}", picture),
    ]
    _extras(item, report, flow, picture, har)


def _extras(
    item: pytest.Item, report: pytest.TestReport, flow: Flow, picture: str, har: dict[str, Any]
) -> None:
    """For pytest-html, where it makes a report."""
    if not (item.config.pluginmanager.hasplugin("html") and item.config.getoption("htmlpath", None)):
        return
    from pytest_html import extras

    shown = [extras.text(picture, name=f"Mermaid {flow.id}"), extras.json(har, name=f"HAR {flow.id}")]
    known: Any = report
    known.extras = [*getattr(report, "extras", []), *shown]


def _name(item: pytest.Item) -> str:
    return re.sub(r"[^\w.-]+", "-", item.nodeid).strip("-")[-120:]
