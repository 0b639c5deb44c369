"""扫一扫: no camera; the QR codes that wait are on a list, with who asks and from where."""

from __future__ import annotations

from flask import render_template, request
from ninestep.records import TOWN, Scan

from ..services import services

WAITING = ("waiting", "scanned")


def show() -> str:
    """The codes of a world (``?world=``, else the town's) that can still be scanned, newest first."""
    world = request.args.get("world", TOWN)[:64]
    store = services().store
    now = store.now(world)
    names = {app.appid: app.name for app in store.apps(world)}
    waiting = [scan for scan in store.scans(world) if scan.state_at(now) in WAITING]
    waiting.sort(key=lambda scan: scan.request.created_at, reverse=True)
    return render_template("phone/scan.html", world=world, rows=[_row(scan, names, now) for scan in waiting])


def _row(scan: Scan, names: dict[str, str], now: float) -> dict[str, object]:
    return {
        "uuid": scan.uuid,
        "name": names.get(scan.request.appid, scan.request.appid),
        "address": scan.address,
        "browser": scan.browser,
        "seconds": max(0, int(now - scan.request.created_at)),
    }
