"""What a service does for the first time, many may ask of it at the same moment."""

from __future__ import annotations

import subprocess
import sys

import pytest

# A process of its own: the kinds must be new to it, and without the preparation it ends by SIGSEGV.
ALL_AT_ONCE = """
import contextlib, importlib, sys, threading
import msgspec

def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)

def decode(kind, raw, barrier):
    barrier.wait()
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.json.Decoder(kind).decode(raw)

importlib.import_module(sys.argv[1]).create_app()
sys.setswitchinterval(1e-6)
for kind in reversed(list(below(msgspec.Struct))):  # what holds others before what it holds
    raw = msgspec.json.encode({name: "some text" for name in kind.__struct_encode_fields__})
    barrier = threading.Barrier(8)
    threads = [threading.Thread(target=decode, args=(kind, raw, barrier)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("still here")
"""


@pytest.mark.parametrize(
    "module", ["ninestep_provider.app", "ninestep_resource_api.app", "ninestep_client_app.app"]
)
def test_the_first_of_every_kind_is_read_by_many_at_once(module: str) -> None:
    asked = subprocess.run([sys.executable, "-c", ALL_AT_ONCE, module], capture_output=True, text=True)

    assert (asked.returncode, asked.stdout) == (0, "still here\n"), asked.stderr
