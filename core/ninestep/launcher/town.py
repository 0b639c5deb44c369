"""Everything that runs, in one loop of one thread: start, logs, readiness, signals, the ordered stop."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from ..settings import LauncherSettings
from . import LaunchError, PortTaken, engine, services
from .child import Child
from .probe import PROBE_EVERY, Probe
from .processes import Process
from .sockets import listen, reachable, url_host
from .state import Running, State

READY_WITHIN = 30.0  # seconds until a start is given up
SERVICES_GRACE = 4.0  # seconds from SIGTERM to SIGKILL; gunicorn itself waits 2 for open requests
ENGINE_GRACE = 5.0  # it flushes its append-only file
ENGINE = "redis"


class Stop(Exception):
    """The town is to be stopped; ``reason`` is empty when somebody asked for it. ``wrong``: a service says that it was
    asked wrongly, in a setting or a seed file."""

    def __init__(self, reason: str = "", *, wrong: bool = False) -> None:
        self.reason, self.wrong = reason, wrong


class Town:
    """One run of ``ninestep up``: ``start()``, ``watch()``, ``stop()``. The state folder's lock is held meanwhile."""

    def __init__(
        self,
        settings: LauncherSettings,
        environ: Mapping[str, str],
        state: State,
        echo: Callable[[str], object] | None,
        *,
        intercept: bool = False,
        seed: Path | None = None,
    ) -> None:
        self.services = (*services.SERVICES.values(), *((services.INTERCEPT,) if intercept else ()))
        self.settings, self.environ, self.state, self.echo = settings, environ, state, echo
        self.children: dict[str, Child] = {}
        self.running = Running(Process.of(os.getpid(), ""))
        self.redis_url = settings.redis_url
        self.seed = seed  # the state folder's copy of the seed file
        self.selector = selectors.DefaultSelector()
        self.signals = 0
        self.heeded = 0  # signals that the stop is the answer to; each further one is impatience
        self.stopping = False

    # -- signals

    @contextlib.contextmanager
    def signals_handled(self) -> Iterator[None]:
        """Our own handlers, also where SIGINT was inherited as ignored (a job in a script's background).

        They only count. An exception raised in a handler can surface inside some ``__del__`` and be swallowed there;
        the wake-up descriptor ends the select() that we are waiting in.
        """
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        self.selector.register(reader, selectors.EVENT_READ, lambda: self._drain(reader))

        def count(number: int, frame: object) -> None:
            self.signals += 1

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, count) for number in numbers}
        before[signal.SIGCHLD] = signal.signal(
            signal.SIGCHLD, lambda number, frame: None
        )  # to be woken by a death
        wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            self.selector.unregister(reader)
            os.close(reader)
            os.close(writer)

    @staticmethod
    def _drain(reader: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(reader, 4096)

    # -- start

    def start(self, after_a_crash: bool = False) -> dict[str, object]:
        """Everything up and ready; the report of ``up --json``. After a crash, ports take a moment to be free."""
        sockets = self._bind(patience=2.0 if after_a_crash else 0.0)
        gate, opener = os.pipe()  # the services import while the engine starts; its end is their starting gun
        try:
            self._start_engine()
            addresses = {name: listener.getsockname()[:2] for name, listener in sockets.items()}
            settings = self._computed_settings(addresses)
            secret = self.settings.root_secret or self.state.root_secret()
            environments = {
                service.name: services.environment(service, self.environ, secret, settings)
                for service in self.services
            }
            for service in self.services:
                descriptor = sockets[service.name].fileno()
                argv = services.command(service, f"fd://{descriptor}", self.settings.workers)
                self._spawn(
                    service.name, argv, environments[service.name], service.module, gate, keep=descriptor
                )
            # A server that reads a long append-only file answers LOADING: nobody should have to cope with that.
            self._wait_for_engine()
        finally:
            os.close(gate)
            os.close(opener)
            for listener in sockets.values():  # the services have their own; a dead one's port must refuse
                listener.close()
        self._wait_until_ready(addresses)
        report: dict[str, object] = {
            **{f"{s.key}_url": settings[f"NINESTEP_{s.key.upper()}_URL"] for s in self.services},
            "redis_url": self.redis_url,
            "state": str(self.state.folder),
            "pids": {
                "launcher": os.getpid(),
                **{name: child.process.pid for name, child in self.children.items()},
            },
        }
        self.running.report = report
        self.state.write_running(self.running)
        return report

    def _bind(self, patience: float) -> dict[str, socket.socket]:
        """The listening sockets of all services, before anything is started: a taken port is named now."""
        sockets: dict[str, socket.socket] = {}
        deadline = time.monotonic() + patience
        for service in self.services:
            port = getattr(self.settings, f"{service.key}_port")
            while service.name not in sockets:
                try:
                    sockets[service.name] = listen(self.settings.bind, port)
                except OSError as error:
                    if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                        time.sleep(0.02)
                        continue
                    for listener in sockets.values():
                        listener.close()
                    if error.errno == errno.EADDRINUSE:
                        raise PortTaken(service.name, service.key, port) from None
                    why = f"Cannot listen on {self.settings.bind}:{port} ({service.name}): {error.strerror}"
                    raise LaunchError(why) from None
        return sockets

    def _start_engine(self) -> None:
        if self.settings.redis_url:
            engine.check_named(self.settings.redis_url)
            return
        binary = engine.find_binary()
        self.socket_path, self.running.socket_folder = self.state.socket_path()
        self.socket_path.unlink(missing_ok=True)
        self.redis_url = engine.url(self.socket_path)
        argv = engine.command(binary, self.socket_path, self.state.folder / "redis")
        # What it has to say (memory overcommit and the like) is for its log; it is shown if it fails.
        self._spawn(ENGINE, argv, dict(os.environ), os.path.basename(binary), echo=False)

    def _wait_for_engine(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while ENGINE in self.children and not engine.answers(self.socket_path):
            self._turn(0.002)
            if time.monotonic() > deadline:
                last = self.children[ENGINE].last_lines()
                raise Stop(f"Redis is not ready after {READY_WITHIN:.0f} s. Its last lines:\n{last}")

    def _computed_settings(self, addresses: Mapping[str, tuple[str, int]]) -> dict[str, str]:
        """What follows from the sockets. A public URL that was set stays; the back channel is always this machine."""
        computed = {
            "NINESTEP_REDIS_URL": self.redis_url,
            "NINESTEP_BIND": self.settings.bind,
            "NINESTEP_STATE": str(self.state.folder),
        }
        if self.seed:
            computed["NINESTEP_SEED"] = str(self.seed)
        for service in self.services:
            host, port = reachable(addresses[service.name])
            here, name = f"http://{url_host(host)}:{port}", service.key
            computed[f"NINESTEP_{name.upper()}_URL"] = getattr(self.settings, f"{name}_url") or here
            if service not in (services.GATEWAY, services.INTERCEPT):
                internal = self.environ.get(f"NINESTEP_{name.upper()}_INTERNAL_URL")
                computed[f"NINESTEP_{name.upper()}_INTERNAL_URL"] = internal or here
        return computed

    def _spawn(
        self,
        name: str,
        argv: list[str],
        environ: dict[str, str],
        word: str,
        stdin: int = subprocess.DEVNULL,
        *,
        keep: int = -1,
        echo: bool = True,
    ) -> None:
        process = subprocess.Popen(
            argv,
            env=environ,
            cwd=self.state.folder,  # not the caller's: a redis.py lying there would be imported
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(keep,) if keep >= 0 else (),
            umask=0o077,
            start_new_session=True,  # a Ctrl-C of the terminal reaches us alone, so that we choose the order
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        log = open(self.state.log_file(name), "ab", buffering=0)  # noqa: SIM115 closed in stop()
        child = self.children[name] = Child(name, process, log, self.echo if echo else None)
        self.selector.register(process.stdout, selectors.EVENT_READ, lambda: self._read(child))
        # To be ended in this order: the services, and the store last.
        self.running.children = {name: Process.of(process.pid, word), **self.running.children}
        self.state.write_running(self.running)

    def _wait_until_ready(self, addresses: Mapping[str, tuple[str, int]]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        waiting = [Probe(service, reachable(addresses[service.name])) for service in self.services]
        try:
            while waiting := [probe for probe in waiting if not probe.good]:
                now = time.monotonic()
                for probe in waiting:
                    if probe.socket is None and now >= probe.again_at:
                        self._ask(probe, now)
                if now > deadline:
                    raise Stop("\n".join(self._not_ready(probe) for probe in waiting))
                self._turn(PROBE_EVERY)
        finally:
            for probe in waiting:
                if probe.socket is not None:
                    self.selector.unregister(probe.socket)
                    probe.socket.close()

    def _ask(self, probe: Probe, now: float) -> None:
        try:
            connection = probe.start()
        except OSError as error:
            probe.reason, probe.again_at = str(error), now + PROBE_EVERY
            return

        def read() -> None:
            if probe.finished():
                self.selector.unregister(connection)

        self.selector.register(connection, selectors.EVENT_READ, read)

    def _not_ready(self, probe: Probe) -> str:
        name = probe.service.name
        return (
            f"{name} is not ready after {READY_WITHIN:.0f} s: {probe.reason}. "
            f"Its last lines ({self.state.folder}/logs/{name}.log):\n{self.children[name].last_lines()}"
        )

    # -- the loop

    def watch(self) -> NoReturn:
        """Until a signal or a death; it ends by raising Stop."""
        while True:
            self._turn(5.0)

    def _turn(self, timeout: float) -> None:
        """Waits for at most ``timeout`` and does what has come up."""
        for key, _ in self.selector.select(timeout):
            key.data()
        if self.stopping:
            return
        if self.signals:
            self.heeded = self.signals
            raise Stop
        for child in self.children.values():
            if (code := child.process.poll()) is not None:
                while self._read(child):
                    pass
                if child.problem:
                    raise Stop(child.problem, wrong=True)
                how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
                raise Stop(f"{child.name} ended {how}. Its last lines:\n{child.last_lines()}")

    def _read(self, child: Child) -> bool:
        """Whether it had something to say."""
        assert child.process.stdout is not None
        data = child.read()
        if data == b"" and child.process.stdout in self.selector.get_map():
            self.selector.unregister(child.process.stdout)
        return bool(data)

    # -- stop

    def stop(self) -> None:
        """Services first, the store last, nothing left. A further signal meanwhile kills what is still there."""
        self.stopping = True
        others = [child for name, child in self.children.items() if name != ENGINE]
        self._end(others, SERVICES_GRACE, self.heeded)
        self._end(
            [child for name, child in self.children.items() if name == ENGINE], ENGINE_GRACE, self.signals
        )
        for child in self.children.values():
            assert child.process.stdout is not None
            child.process.stdout.close()
            child.log.close()
        remove_socket_folder(self.running)
        self.state.forget_running()

    def _end(self, children: list[Child], grace: float, heeded: int) -> None:
        for child in children:
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + grace
        while waiting := [child for child in children if child.process.poll() is None]:
            if self.signals > heeded or time.monotonic() > deadline:
                for child in waiting:
                    os.killpg(child.process.pid, signal.SIGKILL)
                    child.process.wait()
            else:
                self._turn(0.01)


def leftovers(state: State, running: Running, end: Callable[..., None]) -> None:
    """Ends what a killed launcher left behind, in the order in which it would have ended it."""
    store = running.children.pop(ENGINE, None)
    end(running.children.values(), SERVICES_GRACE)
    end([store] if store else [], ENGINE_GRACE)
    remove_socket_folder(running)
    state.forget_running()


def remove_socket_folder(running: Running) -> None:
    """The one made outside the state folder; the server has removed its socket, or was killed."""
    if running.socket_folder:
        folder = Path(running.socket_folder)
        with contextlib.suppress(OSError):  # not ours to force: it holds this socket and nothing else
            (folder / "redis.sock").unlink(missing_ok=True)
            folder.rmdir()
