"""The lines around a program: how its packages are fetched, and how it is started in a shell that leads here."""

from __future__ import annotations

from .sdks import INTERCEPT, Fit, Sdk

INSTALL = {
    "python": "pip install",
    "javascript": "npm install",
    "php": "composer require",
    "go": "go mod init login && go get",
}
FLAGS = {"javascript": " --node", "java": " --java", "go": " --go"}
CERTIFICATES = (
    '-d curl.cainfo="$SSL_CERT_FILE" -d openssl.cafile="$SSL_CERT_FILE" '  # PHP's curl reads no variable
)


def install(sdk: Sdk, fit: Fit) -> str:
    """One command; for Java the dependencies by their coordinates, for a build tool of one's own."""
    names = " ".join(fit.packages)
    if sdk.language in INSTALL and names:
        return f"{INSTALL[sdk.language]} {names}"
    return "\n".join(fit.packages)


def run(sdk: Sdk, fit: Fit, port: int) -> str:
    start = {
        "python": f"python {sdk.file}",
        "javascript": f"node {sdk.file}",
        "php": f"php {CERTIFICATES if fit.way == INTERCEPT else ''}-S 127.0.0.1:{port} {sdk.file}",
        "java": f"java -cp 'lib/*' {sdk.file}",
        "yaml": "mvn spring-boot:run",
        "go": "go run .",
        "shell": f"sh {sdk.file}",
    }[sdk.language]
    if fit.way == INTERCEPT:
        return f'eval "$(ninestep env{FLAGS.get(sdk.language, "")})"\n{start}'
    return start
