"""The bytes of Weibo's JSON: compact UTF-8 from the first byte on, and two content types (wire.md F.2, F.5)."""

from __future__ import annotations

import json
from typing import Any

PLAIN = "text/plain;charset=UTF-8"  # the token endpoint: clients look for a body that begins with {"
JSON = "application/json;charset=UTF-8"

PROFILE_FIELDS = (
    *("id", "idstr", "class", "screen_name", "name", "province", "city", "location", "description", "url"),
    *("profile_image_url", "profile_url", "domain", "weihao", "gender", "followers_count", "friends_count"),
    *("statuses_count", "favourites_count", "created_at", "following", "allow_all_act_msg", "geo_enabled"),
    *("verified", "verified_type", "remark", "allow_all_comment", "avatar_large", "avatar_hd"),
    *("verified_reason", "follow_me", "online_status", "bi_followers_count", "lang"),
)


def write(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
