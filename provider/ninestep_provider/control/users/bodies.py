"""What can be said of a person, and what is told of one."""

from __future__ import annotations

from typing import Annotated, Literal, Required, TypedDict

from msgspec import UNSET, Meta, UnsetType

from ..operation import Body
from ..query import END, PATH_NAME

LINE = Annotated[str, Meta(max_length=256)]
DATE = r"[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?"  # Core §5.1: the year may be 0000, or alone
BIRTHDATE = Annotated[str, Meta(pattern=f"^({DATE})?{END}")]
LATEST = 253402300799  # seconds, the last of the year 9999: no date library goes further, and milliseconds do
OWN = ("nickname", "password", "avatar", "always_denies", "follows", "snapshot", "deleted")


class UserFields(Body):
    """Any profile field of any dialect; what is left out follows from the uid."""

    nickname: Annotated[str, Meta(max_length=128)] | UnsetType = UNSET
    password: Annotated[str, Meta(max_length=128)] | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    email_verified: bool | UnsetType = UNSET
    given_name: LINE | UnsetType = UNSET  # from here on OpenID Connect's (Core §5.1)
    family_name: LINE | UnsetType = UNSET
    middle_name: LINE | UnsetType = UNSET
    profile: LINE | UnsetType = UNSET
    website: LINE | UnsetType = UNSET
    birthdate: BIRTHDATE | UnsetType = UNSET
    zoneinfo: LINE | UnsetType = UNSET
    locale: LINE | UnsetType = UNSET
    updated_at: Annotated[int, Meta(ge=0, le=LATEST)] | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    sex: Literal[0, 1, 2] | UnsetType = UNSET
    province: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    privilege: list[str] | UnsetType = UNSET
    description: str | UnsetType = UNSET  # from here on Weibo's (wire.md F.2, F.5)
    url: str | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    followers_count: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    friends_count: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    statuses_count: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    verified: bool | UnsetType = UNSET
    verified_type: int | UnsetType = UNSET
    verified_reason: str | UnsetType = UNSET
    isRealName: bool | UnsetType = UNSET
    year: str | UnsetType = UNSET  # from here on QQ's (wire.md E.4)
    constellation: str | UnsetType = UNSET
    is_yellow_vip: Literal["0", "1"] | UnsetType = UNSET
    vip: Literal["0", "1"] | UnsetType = UNSET
    yellow_vip_level: str | UnsetType = UNSET
    level: str | UnsetType = UNSET
    is_yellow_year_vip: Literal["0", "1"] | UnsetType = UNSET
    always_denies: bool | UnsetType = UNSET
    follows: bool | UnsetType = UNSET
    follower_from_menu: bool | UnsetType = UNSET  # WeChat asks such a one for no consent (wire.md A.1.1)
    snapshot: bool | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET


class NewUser(UserFields, kw_only=True):
    uid: PATH_NAME


class UserAnswer(TypedDict, total=False):
    """A person; of the profile what was said of it."""

    uid: Required[str]
    world: Required[str]  # "town", or the world whose own it is
    nickname: Required[str]
    name: Required[str]
    email: Required[str]
    avatar: Required[str]  # address; "" where there is none
    always_denies: Required[bool]
    follows: Required[bool]
    snapshot: Required[bool]
    deleted: Required[bool]
    email_verified: bool
    given_name: str
    family_name: str
    middle_name: str
    profile: str
    website: str
    birthdate: str
    zoneinfo: str
    locale: str
    updated_at: int
    phone: str
    sex: int
    province: str
    city: str
    country: str
    privilege: list[str]
    description: str
    url: str
    domain: str
    followers_count: int
    friends_count: int
    statuses_count: int
    verified: bool
    verified_type: int
    verified_reason: str
    isRealName: bool
    year: str
    constellation: str
    is_yellow_vip: str
    vip: str
    yellow_vip_level: str
    level: str
    is_yellow_year_vip: str
    follower_from_menu: bool
