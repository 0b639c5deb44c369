"""A phone's camera: what the QR code says that a page shows, as a reader that is not ours sees it."""

from __future__ import annotations

import base64

import zxingcpp
from playwright.sync_api import Locator

GREYS = """async (picture) => {
    const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob())
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), paper = canvas.getContext("2d")
    paper.drawImage(bitmap, 0, 0)
    const {data, width, height} = paper.getImageData(0, 0, bitmap.width, bitmap.height)
    return {width, height, greens: Array.from({length: width * height}, (_, at) => data[4 * at + 1])}
}"""


SHARP = """place => Promise.all([place, ...place.querySelectorAll("img")]
    .filter(each => each.tagName === "IMG").map(each => each.decode()))"""


def read(code: Locator) -> str:
    """The text of the one QR code in ``code``, from a photograph of it."""
    code.evaluate(SHARP)  # a picture has its place on the page before it is there
    picture = base64.b64encode(code.screenshot()).decode()
    darkroom = code.page.context.new_page()  # the page's own policy lets nobody look at its pictures
    seen = darkroom.evaluate(GREYS, picture)
    darkroom.close()
    [found] = zxingcpp.read_barcodes(
        memoryview(bytes(seen["greens"])).cast("B", (seen["height"], seen["width"]))
    )
    return str(found.text)
