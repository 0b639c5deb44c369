"""An Apache, as Debian packages it, with one module that guards its pages: mod_auth_openidc, a certified relying party,
or mod_oauth2, a resource server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from held_port import held_port

MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "authz_core", "authn_core", "authz_user")
SITE = """
ServerRoot "{folder}"
PidFile pid
DefaultRuntimeDir "{folder}"
ServerName 127.0.0.1
User nobody
Group nogroup
Listen 127.0.0.1:{port}
ErrorLog /dev/stderr
LogLevel notice
LogFormat "%m %U %>s" short
CustomLog /dev/stderr short
DocumentRoot pages
"""
PARTY = """
OIDCCryptoPassphrase this-site
OIDCInfoHook access_token id_token userinfo refresh_token session
OIDCRedirectURI {url}/callback
<Location />
AuthType openid-connect
Require valid-user
</Location>
<Location /bye>
Require all granted
</Location>
"""


class Apache:
    """One site: `start` it with its own directives, and `end` it."""

    def __init__(self, module: str = "auth_openidc", site: str = PARTY) -> None:
        found = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
        if not found or not (MODULES / f"mod_{module}.so").exists():
            package = f"libapache2-mod-{module.replace('_', '-')}"
            pytest.skip(f"no mod_{module}: apt-get install apache2-bin {package}")
        self.binary = found
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.folder.chmod(0o755)  # started by root, it serves as somebody else
        self.holding = ExitStack()
        port = self.holding.enter_context(held_port())
        self.url = f"http://127.0.0.1:{port}"
        self.site = (SITE + site).format(folder=self.folder, port=port, url=self.url)
        self.modules = [*LOADED, module]
        self.lines: list[str] = []
        self.fresh = threading.Condition()
        self.process: subprocess.Popen[str] | None = None

    def start(self, *directives: str) -> None:
        (self.folder / "pages").mkdir()
        for page in ("page", "bye"):
            (self.folder / "pages" / page).write_text(page)
        loaded = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in self.modules]
        (self.folder / "httpd.conf").write_text("\n".join([*loaded, self.site, *directives, ""]))
        command = [self.binary, "-f", str(self.folder / "httpd.conf"), "-DFOREGROUND"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        self.listening = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self.listening.start()
        self.wait_for("resuming normal operations")

    def wait_for(self, words: str) -> None:
        """Until its log has a line with them."""
        with self.fresh:
            found = self.fresh.wait_for(lambda: words in self.said or self.lines[-1:] == [""], 20)
        assert found, self.said
        assert words in self.said, self.said

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr
        while not self.lines or self.lines[-1]:  # the last is empty: it has ended
            line = process.stderr.readline()
            with self.fresh:
                self.lines.append(line)
                self.fresh.notify_all()

    def end(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.listening.join(timeout=20)
            assert self.process.stderr
            self.process.stderr.close()
        self.holding.close()
        self.temporary.cleanup()
