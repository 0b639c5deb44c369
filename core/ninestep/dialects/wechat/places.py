"""Place names of the legacy profile in the asked language (S0 §3.2 step 7, ``lang``)."""

from __future__ import annotations

from typing import Any

ENGLISH = {
    "中国": "China",
    "广东": "Guangdong",
    "深圳": "Shenzhen",
    "广州": "Guangzhou",
    "北京": "Beijing",
    "上海": "Shanghai",
    "浙江": "Zhejiang",
    "杭州": "Hangzhou",
    "四川": "Sichuan",
    "成都": "Chengdu",
}
TRADITIONAL = {"中国": "中國", "广东": "廣東", "广州": "廣州"}
FIELDS = ("city", "province", "country")


def place_names(profile: dict[str, Any], language: str) -> dict[str, str]:
    """city, province, country in ``zh_CN``, ``zh_TW`` or ``en``; a name that we cannot translate stays as it is."""
    table = {"en": ENGLISH, "zh_TW": TRADITIONAL}.get(language, {})
    return {
        name: table.get(value, value) for name in FIELDS if isinstance(value := profile.get(name, ""), str)
    }
