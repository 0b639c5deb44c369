"""up, down and status, as a person or a tool calls them. Each answers with an exit code."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Mapping

from ..settings import LauncherSettings, load
from ..terminal import answer, complain, say
from . import LaunchError, PortTaken, services
from .processes import Process, end
from .state import Running, State
from .town import ENGINE_GRACE, SERVICES_GRACE, Stop, Town, leftovers

NOTHING_RUNS = 3  # as service managers have it (LSB), and `ninestep.cli.exits`
INTERCEPTING = """  intercept     {proxy_url}   for SDKs with fixed hosts · 供写死域名的 SDK: eval "$(ninestep env)"
"""


def up(environ: Mapping[str, str], *, as_json: bool = False, intercept: bool = False, seed: str = "") -> int:
    """Starts the town and stays with it. 0: somebody ended it; 1: it could not start, or a part of it died; 2: it was
    asked wrongly."""
    began = time.perf_counter()
    settings = load(LauncherSettings, environ)
    named = seed or settings.seed
    wanted = _read_seed(named)
    state = State(settings.state)
    state.make()
    with state.locked() as mine:
        if not mine:
            from .neighbours import already_runs

            raise LaunchError(already_runs(state, state.read_running()))
        crashed = state.read_running()
        if crashed:
            leftovers(state, crashed, end)
        if intercept:
            _make_certificates(state)
        echo, copy = None if as_json else say, state.keep_seed(wanted)
        town = Town(settings, environ, state, echo, intercept=intercept, seed=copy)
        with town.signals_handled():
            try:
                report = town.start(after_a_crash=crashed is not None)
                if intercept:
                    _write_shim(state, str(report["proxy_url"]))
                if as_json:
                    say(json.dumps(report))
                else:
                    say(greeting(report, time.perf_counter() - began))
                town.watch()
            except PortTaken as taken:
                from .neighbours import port_taken

                given = [*["--intercept"] * intercept, *(["--seed", seed] if seed else [])]
                raise LaunchError(port_taken(taken, settings, town.services, given)) from None
            except Stop as stop:
                if stop.reason:
                    complain("ninestep: " + (stop.reason.replace(str(copy), named) if copy else stop.reason))
                elif not as_json:
                    say("\nStopping … 正在停止 …")
                return 2 if stop.wrong else 1 if stop.reason else 0
            finally:
                town.stop()


def down(environ: Mapping[str, str], *, as_json: bool = False) -> int:
    """Ends the town of this state folder, and what a killed one left."""
    state, running = _running(environ)
    told = {"state": str(state.folder), "stopped": running is not None}
    if running is None:
        answer(as_json, told, f"Nothing runs from {state.folder}")
        return 0
    if running.launcher.alive():
        running.launcher.signal(signal.SIGTERM, group=False)
        deadline = time.monotonic() + SERVICES_GRACE + ENGINE_GRACE + 2
        while running.launcher.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        running.launcher.signal(
            signal.SIGKILL, group=False
        )  # does nothing when it has gone, as it should have
    if left := state.read_running():
        leftovers(state, left, end)
    answer(as_json, told, f"Stopped: {state.folder}")
    return 0


def status(environ: Mapping[str, str], *, as_json: bool = False) -> int:
    """What runs from this state folder. 0: all of it; 1: a part is gone; 3: nothing."""
    state, running = _running(environ)
    if running is None:
        answer(as_json, {"state": str(state.folder), "parts": []}, f"Nothing runs from {state.folder}")
        return NOTHING_RUNS
    keys = {service.name: service.key for service in (*services.SERVICES.values(), services.INTERCEPT)}
    processes: dict[str, Process] = {"launcher": running.launcher, **dict(reversed(running.children.items()))}
    parts = [
        {
            "name": name,
            "runs": process.alive(),
            "pid": process.pid,
            "url": str(
                running.report.get("redis_url" if name == "redis" else f"{keys.get(name, name)}_url", "")
            ),
        }
        for name, process in processes.items()
    ]
    lines = [
        f"{part['name']:12} {'runs' if part['runs'] else 'gone':5} pid {part['pid']:<8} {part['url']}".rstrip()
        for part in parts
    ]
    told = {"state": str(state.folder), "parts": parts}
    answer(as_json, told, *lines, f"{'state':12} {state.folder}")
    return 0 if all(part["runs"] for part in parts) else 1


def env(environ: Mapping[str, str], language: str, *, as_json: bool = False) -> int:
    """Shell lines on stdout; what they bring about on stderr, where a person looks on."""
    from ..intercept import environment

    state = State(load(LauncherSettings, environ).state)
    variables = environment.variables(state, environ, language)
    answer(as_json, variables, *environment.exports(variables))
    if sys.stdout.isatty() and not as_json:
        complain(f"# {environment.NOTES[language]}")
    return 0


def doctor(environ: Mapping[str, str], *, issuer: str = "", as_json: bool = False) -> int:
    """0 when every host leads to the town and is trusted, and the town is where it says; 1 when something would go
    wrong, with what and why. ``issuer``: what a client was given as such; it alone is looked at."""
    from ..intercept import doctor
    from . import issuer as addresses

    settings = load(LauncherSettings, environ)
    if issuer:
        findings = addresses.examine(issuer, settings, anywhere=True)
    else:
        findings = doctor.examine(State(settings.state), environ)
        if town := addresses.known(settings, environ):
            findings = [*findings, *addresses.examine(town, settings, anywhere=False)]
    answer(as_json, [finding.told() for finding in findings], *map(str, findings))
    return 1 if any(finding.bad for finding in findings) else 0


def greeting(report: Mapping[str, object], seconds: float) -> str:
    flows = f"{report['provider_url']}/_mock/theatre"
    proxy = INTERCEPTING.format(**report) if report.get("proxy_url") else ""
    return f"""
九步 Ninestep is ready · 已就绪 ({seconds:.2f} s)

  client_app    {report["client_url"]}   open it and click «微信登录» · 打开它，点「微信登录」
  provider      {report["provider_url"]}   the nine steps as recorded · 看记录下来的九步: {flows}
  resource_api  {report["resource_url"]}
  gateway       {report["gateway_url"]}   base URL for a client of your own · 接入你自己的应用

{proxy}
  Ctrl-C stops everything · 按 Ctrl-C 全部停止
"""


def _read_seed(path: str) -> str:
    """What a seed file says, as JSON; "" without one. Raises SeedFileError."""
    if not path:
        return ""
    from ..seedfile import read

    return json.dumps(read(path))


def _make_certificates(state: State) -> None:
    from ..gateway import PLATFORM_HOSTS
    from ..intercept import certificates

    certificates.make(state.folder, PLATFORM_HOSTS)


def _write_shim(state: State, proxy: str) -> None:
    from ..intercept.environment import write_shim

    write_shim(state, proxy)


def _running(environ: Mapping[str, str]) -> tuple[State, Running | None]:
    state = State(load(LauncherSettings, environ).state)
    return state, state.read_running()
