"""up, down and status, as a person or a tool calls them. Each answers with an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping

from ..settings import LauncherSettings, load
from . import LaunchError, services
from .processes import Process, end
from .state import Running, State
from .town import ENGINE_GRACE, SERVICES_GRACE, Stop, Town, leftovers

INTERCEPTING = """  intercept     {proxy_url}   for SDKs with fixed hosts · 供写死域名的 SDK: eval "$(ninestep env)"
"""


def up(environ: Mapping[str, str], *, as_json: bool = False, intercept: bool = False) -> int:
    """Starts the town and stays with it. 0: somebody ended it; 1: it could not start, or a part of it died."""
    began = time.perf_counter()
    settings = load(LauncherSettings, environ)
    state = State(settings.state)
    state.make()
    with state.locked() as mine:
        if not mine:
            raise LaunchError(_already_runs(state))
        crashed = state.read_running()
        if crashed:
            leftovers(state, crashed, end)
        if intercept:
            _make_certificates(state)
        town = Town(settings, environ, state, echo=None if as_json else say, intercept=intercept)
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
            except Stop as stop:
                if stop.reason:
                    complain(stop.reason)
                elif not as_json:
                    say("\nStopping … 正在停止 …")
                return 1 if stop.reason else 0
            finally:
                town.stop()


def down(environ: Mapping[str, str]) -> int:
    """Ends the town of this state folder, and what a killed one left."""
    state, running = _running(environ)
    if running is None:
        say(f"Nothing runs from {state.folder}")
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
    say(f"Stopped: {state.folder}")
    return 0


def status(environ: Mapping[str, str]) -> int:
    """What runs from this state folder; 0 when all of it does, else 1."""
    state, running = _running(environ)
    if running is None:
        say(f"Nothing runs from {state.folder}")
        return 1
    keys = {service.name: service.key for service in (*services.SERVICES.values(), services.INTERCEPT)}
    parts: dict[str, Process] = {"launcher": running.launcher, **dict(reversed(running.children.items()))}
    for name, process in parts.items():
        url = running.report.get("redis_url" if name == "redis" else f"{keys.get(name, name)}_url", "")
        say(f"{name:12} {'runs' if process.alive() else 'gone':5} pid {process.pid:<8} {url}".rstrip())
    say(f"{'state':12} {state.folder}")
    return 0 if all(process.alive() for process in parts.values()) else 1


def env(environ: Mapping[str, str], language: str) -> int:
    """Shell lines on stdout; what they bring about on stderr, where a person looks on."""
    from ..intercept import environment

    for line in environment.lines(State(load(LauncherSettings, environ).state), environ, language):
        say(line)
    if sys.stdout.isatty():
        complain(f"# {environment.NOTES[language]}")
    return 0


def doctor(environ: Mapping[str, str]) -> int:
    """0 when every host leads to the town and is trusted; 1 when something would go wrong, with what and why."""
    from ..intercept import doctor

    findings = doctor.examine(State(load(LauncherSettings, environ).state), environ)
    for finding in findings:
        say(str(finding))
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


def say(text: str) -> None:
    """To stdout, which may have gone (a closed pipe, a hung-up terminal): that must not keep a town from stopping."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        _point_at_nothing(sys.stdout.fileno())


def complain(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _point_at_nothing(sys.stderr.fileno())


def _point_at_nothing(descriptor: int) -> None:
    """Else the interpreter fails on the same stream once more when it exits."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


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


def _already_runs(state: State) -> str:
    running = state.read_running()
    who = f" (pid {running.launcher.pid})" if running else ""
    return f"A town already runs from {state.folder}{who}; `ninestep down` ends it, another NINESTEP_STATE is another"
