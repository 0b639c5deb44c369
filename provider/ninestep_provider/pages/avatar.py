"""A person, drawn from a uid: always the same one, in flat shapes, without a font and so without missing emoji.

The palettes hold their contrast: skin and shirt stand at 3:1 or more against the ground (WCAG 1.4.11), so the figure
is seen by everyone. The nickname is only said, in the title that a screen reader reads.
"""

from __future__ import annotations

import hashlib

from markupsafe import escape

SIZE = 132
SALT = "face-553"  # chosen by eye: the town's five look unlike each other

GROUNDS = ("#17506b", "#5b3a7a", "#1f5a40", "#83382a", "#2c4486", "#6a4a10", "#762f55", "#35495a")
SKINS = ("#f6cfb0", "#eebb94", "#e0a577", "#f9dcc4", "#dda679")
SHIRTS = ("#f4c95d", "#9fd8cb", "#f2a48e", "#c9d6ff", "#f7e3c4", "#b9e0a5")
HAIRS = ("#1b1412", "#2a1b15", "#3d261a", "#15171c")
INK = "#2a1c18"

BACKS = (  # behind the head
    "",
    '<path d="M34 62c0-26 12-40 32-40s32 14 32 40v34c0 6-8 8-12 4H46c-4 4-12 2-12-4z"/>',  # long
    '<circle cx="66" cy="21" r="13"/>',  # bun
    '<path d="M36 60c0-24 10-38 30-38s30 14 30 38v16c0 5-5 7-8 4H44c-3 3-8 1-8-4z"/>',  # bob
)
FRONTS = (  # over the forehead; each belongs to the back of the same place
    (
        '<path d="M40 60c-3-24 8-38 26-38 19 0 29 14 26 38-3-9-6-15-13-18-9 5-24 5-31 1-4 4-6 9-8 17z"/>',
        '<path d="M40 58c-4-22 8-37 27-37 17 0 28 13 25 37-4-5-5-10-6-15-14 2-27-1-34-7-3 7-8 12-12 22z"/>',
    ),
    ('<path d="M40 62c-2-25 9-39 26-39s28 14 26 39c-2-11-8-19-25-25-14 5-23 12-27 25z"/>',),
    ('<path d="M40 60c-2-24 9-37 26-37s28 13 26 37c-5-10-14-16-26-16s-21 6-26 16z"/>',),
    ('<path d="M40 62c-2-26 8-39 26-39s28 13 26 39v-9c-1-5-2-7-4-9-15 3-29 3-44 0-2 2-3 4-4 9z"/>',),
)
MOUTHS = (
    '<path d="M57 79q9 8 18 0" fill="none" stroke-width="3"/>',
    '<path d="M58 78h16q-1 8-8 8t-8-8z" fill="#fff" stroke-width="2"/>',
    '<path d="M58 80q10 5 17-2" fill="none" stroke-width="3"/>',
)
GLASSES = (
    '<g fill="none" stroke-width="2.6"><circle cx="54" cy="64" r="8.4"/><circle cx="78" cy="64" r="8.4"/>'
    '<path d="M62.4 63q3.6-3 7.2 0"/></g>'
)
COLLARS = (
    '<path d="M54 98q12 12 24 0" fill="none" stroke-width="4"/>',
    '<path d="M66 106 54 97l-5 11 11 5zm0 0 12-9 5 11-11 5z" fill="#fff" stroke="none"/>',
    "",
)


def draw(uid: str, nickname: str) -> str:
    """The SVG of one person; ``nickname`` may hold anything."""
    draws = iter(hashlib.sha256(f"{SALT}/{uid}".encode("utf-8", "replace")).digest())

    def one(choices: tuple[str, ...]) -> str:
        return choices[next(draws) % len(choices)]

    ground, skin, shirt, hair = one(GROUNDS), one(SKINS), one(SHIRTS), one(HAIRS)
    style = next(draws) % len(BACKS)
    front, mouth, collar = one(FRONTS[style]), one(MOUTHS), one(COLLARS)
    glasses = GLASSES if next(draws) % 4 == 0 else ""
    name = escape(nickname or uid)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" '
        f'role="img"><title>{name}</title>'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{ground}"/>'
        f'<circle cx="66" cy="70" r="58" fill="#fff" fill-opacity=".06"/>'
        f'<g fill="{hair}">{BACKS[style]}</g>'
        f'<path d="M16 {SIZE}c2-24 18-36 50-36s48 12 50 36z" fill="{shirt}"/>'
        f'<path d="M55 84h22v15q-11 11-22 0z" fill="{skin}"/>'
        f'<path d="M55 89q11 8 22 0v4q-11 9-22 0z" fill="{INK}" fill-opacity=".16"/>'
        f'<g stroke="{INK}" stroke-opacity=".35" stroke-linecap="round">{collar}</g>'
        f'<g fill="{skin}"><circle cx="40" cy="65" r="6"/><circle cx="92" cy="65" r="6"/>'
        f'<rect x="41" y="36" width="50" height="56" rx="25"/></g>'
        f'<g fill="{hair}">{front}</g>'
        f'<g fill="{INK}" stroke="{INK}" stroke-linecap="round">'
        f'<circle cx="54" cy="65" r="2.6"/><circle cx="78" cy="65" r="2.6"/>{mouth}{glasses}</g>'
        '<g fill="#e2604f" fill-opacity=".28"><circle cx="49" cy="75" r="5"/><circle cx="83" cy="75" r="5"/></g>'
        "</svg>"
    )
