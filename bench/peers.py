"""Other people's mock servers, as their registries hand them out, kept in the git-ignored ``.bench/``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".bench"

# From 0.4.0 on it wants Python 3.12; an older Python measures the newest that it can run, and the table names it.
OIDC_PROVIDER_MOCK, OLD_OIDC_PROVIDER_MOCK = "0.4.8", "0.3.4"
OAUTH2_MOCK_SERVER = "9.3.0"


class Missing(Exception):
    """Why a peer is left out, in a sentence."""


def oidc_provider_mock(python: str = sys.executable) -> tuple[Path, str]:
    """(its command, its version), installed for ``python`` if need be."""
    tell = "import sys; print(*sys.version_info[:2], sep='.')"
    series = _run([python, "-c", tell]).strip()
    old = tuple(map(int, series.split("."))) < (3, 12)
    version = OLD_OIDC_PROVIDER_MOCK if old else OIDC_PROVIDER_MOCK
    folder = CACHE / f"oidc-provider-mock-{version}-py{series}"
    command = folder / "bin" / "oidc-provider-mock"
    if not command.exists():
        _tell(f"installing oidc-provider-mock {version} from PyPI")
        _run([python, "-m", "venv", "--clear", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        _run([*pip, f"oidc-provider-mock=={version}"])
    return command, version


def oauth2_mock_server() -> tuple[Path, str]:
    """The same of the npm package; its script is started by ``node`` itself, without npm's wrapper."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("node or npm is not installed")
    folder = CACHE / f"oauth2-mock-server-{OAUTH2_MOCK_SERVER}"
    package = folder / "node_modules" / "oauth2-mock-server"
    if not package.exists():
        _tell(f"installing oauth2-mock-server {OAUTH2_MOCK_SERVER} from npm")
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder)]
        _run([*npm, f"oauth2-mock-server@{OAUTH2_MOCK_SERVER}"])
    described = json.loads((package / "package.json").read_text())
    script = described["bin"] if isinstance(described["bin"], str) else described["bin"]["oauth2-mock-server"]
    return package / script, str(described["version"])


def _run(argv: list[str]) -> str:
    try:
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=600).stdout
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout).strip().splitlines()[-1:]
        raise Missing(f"{argv[0]} failed: {' '.join(last)}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(str(error)) from None


def _tell(what: str) -> None:
    print(f"  {what} …", file=sys.stderr, flush=True)
