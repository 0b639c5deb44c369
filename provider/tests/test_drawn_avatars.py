"""An avatar is the same person every time, whoever they are called, and can be told from its ground."""

from __future__ import annotations

from itertools import product
from xml.etree import ElementTree

import pytest
from ninestep_provider.pages import avatar


def test_a_user_is_drawn_the_same_every_time() -> None:
    assert avatar.draw("zhangsan", "张三") == avatar.draw("zhangsan", "张三")


def test_the_five_of_the_town_look_unlike_each_other() -> None:
    drawn = {avatar.draw(uid, "x") for uid in ("zhangsan", "lisi", "wangwu", "zhaoliu", "mallory")}
    assert len(drawn) == 5


@pytest.mark.parametrize("nickname", ["李四🌸", "🎉", "", '<script>alert("x")</script>'])
def test_any_nickname_is_said_and_never_markup(nickname: str) -> None:
    drawn = ElementTree.fromstring(avatar.draw("lisi", nickname))
    assert [child.tag.rpartition("}")[2] for child in drawn].count("script") == 0
    assert "style" not in drawn.attrib


@pytest.mark.parametrize(("ground", "figure"), list(product(avatar.GROUNDS, avatar.SKINS + avatar.SHIRTS)))
def test_the_figure_stands_out_from_its_ground(ground: str, figure: str) -> None:
    assert contrast(lightened(ground, 0.06), figure) >= 3  # WCAG 1.4.11


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (p / 255 for p in parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lightened(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(part * (1 - share) + 255 * share):02x}" for part in parts(colour))


def parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
