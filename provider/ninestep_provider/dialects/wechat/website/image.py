"""``GET /connect/qrcode/<uuid>`` (wire.md B.2): the code as a JPEG, as the platform serves it.

A module is 8 × 8 points, a JPEG block: each is all black or all white, which is one number of the format. So the
picture is written here in a page of code, without an imaging library (ITU T.81, baseline, one component).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from flask import Response, request
from flask.typing import ResponseReturnValue
from ninestep.settings import LOOPBACK_NAMES, ProviderSettings, host_of
from ninestep.trace.http import current
from ninestep.web.hosts import PLATFORM_HOSTS

from ....pages import refusals
from . import scanning

QUIET = 4  # modules around the code (ISO/IEC 18004 §5.3.8)
BLOCK = 8
# With all quantizers 16 a block's mean is 2 × its number: from black (-64) to white (+63) is a step of 127.
QUANTIZER, BLACK, WHITE = 16, -64, 63
# Differences from block to block are 0, ±127, and once -64 or +63: sizes 0, 6 and 7 of T.81 table F.1.
SIZES = (0, 7, 6)  # codewords 0, 10, 110
WORD = {size: ("0", "10", "110")[place] for place, size in enumerate(SIZES)}


def image(uuid: str) -> ResponseReturnValue:
    found = scanning.find(uuid)
    if found is None:
        return refusals.failure(404, "404")
    context, scan = found
    current().begin("qr.shown", flow=scan.request.flow)
    return Response(drawn(content(context.services.settings, uuid)), content_type="image/jpeg")


def content(settings: ProviderSettings, uuid: str) -> str:
    """What a phone reads: the page's own host, so that one on the same network gets here."""
    name = host_of(f"//{request.host}")
    here = name not in LOOPBACK_NAMES and name not in PLATFORM_HOSTS
    base = request.host_url.rstrip("/") if here else settings.provider_url
    return f"{base}/connect/confirm?uuid={uuid}"


@lru_cache(maxsize=64)
def drawn(text: str) -> bytes:
    import segno  # 35 ms that only a QR page needs

    rows = [
        [bool(module) for module in row] for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET)
    ]
    return jpeg(rows)


def jpeg(rows: list[list[bool]]) -> bytes:
    """``rows`` of modules, True for black."""
    height, width = (BLOCK * side for side in (len(rows), len(rows[0])))
    return b"".join(
        (
            b"\xff\xd8",  # SOI
            _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            _segment(0xDB, b"\0" + bytes([QUANTIZER]) * 64),
            _segment(0xC0, b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\1\1\x11\0"),
            _segment(
                0xC4, b"\0" + bytes([1, 1, 1]) + bytes(13) + bytes(SIZES)
            ),  # DC: one word each of 1, 2, 3 bits
            _segment(0xC4, b"\x10" + bytes([1]) + bytes(15) + b"\0"),  # AC: the one word «end of block»
            _segment(0xDA, b"\1\1\0\0\x3f\0"),
            _packed(_bits(rows)),
            b"\xff\xd9",  # EOI
        )
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2) + payload


def _bits(rows: list[list[bool]]) -> Iterable[str]:
    before = 0
    for row in rows:
        for black in row:
            level = BLACK if black else WHITE
            difference, before = level - before, level
            size = abs(difference).bit_length()
            yield WORD[size]
            if size:  # T.81 F.1.2.1: negative numbers as their complement
                yield format(difference + (2**size - 1 if difference < 0 else 0), f"0{size}b")
            yield "0"


def _packed(bits: Iterable[str]) -> bytes:
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8).replace(b"\xff", b"\xff\0")
