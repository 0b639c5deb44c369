"""The state folder: one town at a time, its root secret, and who runs from it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import LaunchError
from .processes import Process

# sun_path holds 108 bytes on Linux, 104 on macOS, with its closing NUL.
SOCKET_PATH_LIMIT = 103


@dataclass
class Running:
    """What a town wrote down about itself, so that another process can end it."""

    launcher: Process
    children: dict[str, Process] = field(default_factory=dict)  # in the order in which they are to be ended
    report: dict[str, object] = field(default_factory=dict)  # the line of ``up --json``, once it is ready
    socket_folder: str = ""  # made outside the state folder, so that it has to be removed


class State:
    """``NINESTEP_STATE``, made when it is not there; only its owner may look in."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()

    def make(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.folder.stat().st_mode & 0o077:
                self.folder.chmod(0o700)
            for name in ("logs", "redis"):
                (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n")  # wherever it lies, it is nobody's commit
        except OSError as error:
            raise LaunchError(f"The state folder {self.folder} cannot be used: {error.strerror}") from None

    @contextlib.contextmanager
    def locked(self, *, wait: bool = False) -> Iterator[bool]:
        """Holds the folder's lock; yields whether it could be had. It goes with the process, however that ends."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def root_secret(self) -> str:
        """What all keys follow from; made here at the first start. Call it with the lock held."""
        path = self.folder / "root-secret"
        with contextlib.suppress(FileNotFoundError):
            if secret := path.read_text().strip():
                return secret
        import secrets  # here, and tempfile below: at most starts neither is needed

        secret = secrets.token_urlsafe(32)
        write_whole(path, secret + "\n")
        return secret

    def log_file(self, name: str) -> Path:
        """A new log; the one of the start before stays beside it."""
        path = self.folder / "logs" / f"{name}.log"
        with contextlib.suppress(FileNotFoundError):
            path.replace(path.with_suffix(".log.1"))
        return path

    def socket_path(self) -> tuple[Path, str]:
        """Where the local engine listens; and a folder to remove afterwards, where our own has too long a path."""
        path = self.folder / "redis.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path, ""
        import tempfile

        folder = tempfile.mkdtemp(prefix="ninestep-")  # 0700
        return Path(folder) / "redis.sock", folder

    def keep_seed(self, text: str) -> Path | None:
        """A copy of the seed file for the services of this run: what somebody changes in it meanwhile waits for the
        next. None without one."""
        path = self.folder / "seed.json"
        if not text:
            path.unlink(missing_ok=True)
            return None
        write_whole(path, text)
        return path

    def write_running(self, running: Running) -> None:
        write_whole(self.folder / "running.json", json.dumps(asdict(running), indent=1) + "\n")

    def read_running(self) -> Running | None:
        try:
            raw = json.loads((self.folder / "running.json").read_text())
            children = {name: Process(**child) for name, child in raw["children"].items()}
            return Running(Process(**raw["launcher"]), children, raw["report"], raw["socket_folder"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):
            return None  # not ours to read; `up` writes it new

    def forget_running(self) -> None:
        (self.folder / "running.json").unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """The whole text or nothing, for its owner only: a crash in the middle leaves the old file."""
    temporary = path.with_name(f".{path.name}.new")  # one name is enough: the lock's holder alone writes here
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(temporary, path)
