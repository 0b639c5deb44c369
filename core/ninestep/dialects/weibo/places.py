"""Weibo's numbers for places: a province by its administrative division code, a city by the last part of its own."""

from __future__ import annotations

OTHER, ANYWHERE = "100", "1000"  # 其他, 不限

_NUMBERED = (
    "11北京 12天津 13河北 14山西 15内蒙古 21辽宁 22吉林 23黑龙江 31上海 32江苏 33浙江 34安徽 35福建 36江西 37山东 "
    "41河南 42湖北 43湖南 44广东 45广西 46海南 50重庆 51四川 52贵州 53云南 54西藏 61陕西 62甘肃 63青海 64宁夏 65新疆 "
    "71台湾 81香港 82澳门"
)
PROVINCES = {entry[2:]: entry[:2] for entry in _NUMBERED.split()}
CITIES = {
    "广州": "1",
    "深圳": "3",
    "杭州": "1",
    "宁波": "2",
    "成都": "1",
    "南京": "1",
    "苏州": "5",
    "武汉": "1",
}


def province(name: str) -> str:
    return PROVINCES.get(name, OTHER)


def city(name: str) -> str:
    return CITIES.get(name, ANYWHERE)
