"""``/oauth/device``: where a user types what stands on the screen of a device (RFC 8628 §3.3), in their own browser.

From there on it is the usual login and consent, whose answer goes to the device and not back by a redirect. An address
with the code in it only fills in the form: the user compares it with the screen all the same (§5.4).
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import Device
from ninestep.trace.http import current
from ninestep.web.hosts import page

from ...engine import authorization, device_authorization, devices
from ...engine.reading import read
from ...engine.server import Context, server
from ...pages import interaction, refusals
from ...pages.browser import browser
from ...services import services
from .manners import DIALECT

PLACE = DIALECT.prefix + device_authorization.PLACE
MOST_OF_BROWSER, MOST_OF_TOWN = 10, 100  # wrong codes within WAIT seconds
WAIT = 60  # seconds, at the end of which codes are looked at again (RFC 8628 §5.1)
TOWN = "town"
STATUS = {"unknown": 400, "expired": 410, "answered": 409, "often": 429}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule(PLACE, "device", page(show), methods=["GET"])
    bp.add_url_rule(PLACE, "device_login_submit", enter, methods=["POST"])
    bp.add_url_rule(f"{PLACE}/done", "device_done", page(done), methods=["GET"])


def show() -> ResponseReturnValue:
    return _form(request.args.get("user_code", ""))


def enter() -> ResponseReturnValue:
    text, store = request.form.get("user_code", ""), services().store
    guesser = f"browser:{browser()}"
    of_browser, of_town = store.guesses([guesser, TOWN])
    if of_browser >= MOST_OF_BROWSER or of_town >= MOST_OF_TOWN:
        return _form(text, "often")
    found = _found(devices.typed(text))
    if found is None:
        store.count_guess([guesser, TOWN], WAIT)
        return _form(text, "unknown")
    context, name, device = found
    state = device.state_at(context.now)
    waits = context.checks.make("user code waits for its user", state == "pending", "device_" + _over(state))
    if not waits:
        context.draft.refuse("device_" + _over(state))
        return _form(text, _over(state))
    wanted = devices.request_of(context, name, device)
    user, context.auth_time = interaction.known(DIALECT, wanted)
    try:
        outcome = authorization.decide(server(), context, wanted, user, prompt=True)
    except authorization.Refused as problem:
        context.draft.refuse(problem.error)
        return refusals.page(problem.reason, problem.error)
    return interaction.follow(DIALECT, context, wanted, outcome)


def done() -> ResponseReturnValue:
    """How it ended: the browser has nowhere to go back to, its user goes back to the device."""
    store = services().store
    wanted = store.request(request.args.get("rid", "")[:64])
    device = store.device(wanted.world, wanted.device) if wanted and wanted.device else None
    if wanted is None or device is None:
        return refusals.failure(400, "request_gone")
    outcome = device.state if device.answer == wanted.rid else _over(device.state)
    app = store.app(wanted.appid)
    told = render_template(
        "provider/device_done.html", outcome=outcome, app_name=app.name if app else wanted.appid
    )
    return told, STATUS.get(outcome, 200)


def _found(user_code: str) -> tuple[Context, str, Device] | None:
    """The device of a code, in the context of its app as it is now; None for a code that nobody shows."""
    parts = services()
    place = parts.store.find_device(user_code)
    device = parts.store.device(*place) if place else None
    if place is None or device is None:
        return None
    draft = current().begin("device.entered", flow=device.flow)
    context = read(parts, DIALECT, draft, device.appid)
    if context.app is None or context.app.closed or context.world != place[0]:
        draft.name = ""
        return None
    return context, place[1], device


def _over(state: str) -> str:
    return "answered" if state in ("approved", "denied") else "expired"


def _form(text: str, problem: str = "") -> ResponseReturnValue:
    status = STATUS.get(problem, 200)
    told = render_template(
        "provider/device.html", text=text[:64], problem=problem, seconds=WAIT, length=devices.LENGTH + 1
    )
    return told, status, {"Retry-After": str(WAIT)} if status == 429 else {}
