"""What to say when another town is in the way: who holds the port, and a command line that would work right now."""

from __future__ import annotations

import http.client
import shlex
from collections.abc import Iterable, Mapping, Sequence

from ..settings import LauncherSettings
from . import PortTaken
from .services import Service
from .sockets import listen, reachable
from .state import Running, State

PATIENCE = 1.0  # seconds for whoever holds a port to say what it is
STRIDE, BLOCKS = 10, 200  # a second town's ports lie 10 further, or 20 …
SHOWN = ("client_url", "provider_url", "resource_url", "gateway_url", "proxy_url")


def already_runs(state: State, running: Running | None) -> str:
    """For a second start from one state folder."""
    who = f" (pid {running.launcher.pid})" if running else ""
    lines = [f"A town already runs from {state.folder}{who}"]
    if running and running.report:
        shown = [name for name in SHOWN if running.report.get(name)]
        lines += [f"  {name.removesuffix('_url'):10} {running.report[name]}" for name in shown]
    else:
        lines += ["  it is still starting · 它还在启动"]
    beside = {
        "NINESTEP_STATE": f"{state.folder}-2",
        **{f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")},
    }
    return "\n".join(
        [*lines, "To end it · 停掉它: ninestep down", f"A second one beside it · 再开一个: {_line(beside)}"]
    )


def port_taken(
    taken: PortTaken, settings: LauncherSettings, services: Iterable[Service], arguments: Sequence[str]
) -> str:
    """For a start whose port somebody holds; ``arguments`` are those that ``ninestep up`` was given."""
    variable = f"NINESTEP_{taken.key.upper()}_PORT"
    lines = [f"{taken}; {variable} takes another (0: any free one)"]
    host, port = reachable((settings.bind, taken.port))
    if _is_a_town(host, port):
        lines.append(f"  another town answers there · 那里是另一个小镇: http://{host}:{port}")
    ports = {s.key: int(getattr(settings, f"{s.key}_port")) for s in services}
    if found := _free(settings.bind, {key: port for key, port in ports.items() if port}):
        named = {f"NINESTEP_{key.upper()}_PORT": str(port) for key, port in found.items()}
        lines.append(f"These are free now · 这些端口现在空着: {_line(named, arguments)}")
    return "\n".join(lines)


def _line(variables: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    words = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    return " ".join([*words, "ninestep up", *map(shlex.quote, arguments)])


def _free(bind: str, ports: Mapping[str, int]) -> dict[str, int]:
    """All of them moved by as much, so that they are still easy to remember; nothing where no such block is free."""
    for step in range(STRIDE, STRIDE * BLOCKS, STRIDE):
        moved = {key: port + step for key, port in ports.items()}
        if max(moved.values()) > 65535:
            break
        if all(_is_free(bind, port) for port in moved.values()):
            return moved
    return {}


def _is_free(bind: str, port: int) -> bool:
    try:
        listen(bind, port).close()
    except OSError:
        return False
    return True


def _is_a_town(host: str, port: int) -> bool:
    line = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().getheader("X-Ninestep") is not None
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        line.close()
