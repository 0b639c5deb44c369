"""What lives in Redis: one value type per kind of record.

Times are seconds of the world's clock (``clock.py``) unless a name says ``real``. Codes and tokens never stand in a
record in plain text: a record is found by the SHA-256 of its secret.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

TOWN = "town"  # the seeded world, whose users every other world sees

Profile = dict[str, Any]


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Encoded as JSON; unknown fields are ignored, so an older worker survives a newer record."""


class World(Record):
    name: str
    created_at: float  # real
    last_used: float  # real
    pinned: bool = False  # made by PUT or seeded: never ends by itself


class Clock(Record):
    """How far a world's time is from real time; ``clock.py`` reads it."""

    offset: float = 0.0
    frozen: float | None = None


class Consent(Record):
    mode: str = "ask"  # ask | auto | deny
    user: str = ""  # empty under auto and deny: zhangsan


class Ttl(Record):
    """Lifetimes in seconds; 0 means what the app's fidelity and the settings say."""

    code: int = 0
    access: int = 0
    refresh: int = 0


class App(Record):
    """A registered client (RFC 6749 §2). ``appid`` is its client_id in every dialect."""

    appid: str
    secret: str
    world: str
    name: str
    dialect: str = "standard"
    kind: str = "web"
    fidelity: str = "platform"
    policies: dict[str, Any] = {}
    redirect_uris: list[str] = []
    callback_domain: str = ""
    page: str = ""  # of a mini program or a mobile app: what the phone shows in its frame
    scopes: list[str] = []
    consent: Consent = msgspec.field(default_factory=Consent)
    ttl: Ttl = msgspec.field(default_factory=Ttl)
    open_platform: str = ""  # the account whose apps share a unionid; empty: no unionid
    token_endpoint_auth_method: str = ""  # empty: basic and post for confidential apps, none for public ones
    jwks: dict[str, Any] = {}  # its public keys (RFC 7517), for private_key_jwt
    grant_types: list[str] = []  # RFC 7591's names; empty: what its kind usually has
    id_token_signed_response_alg: str = ""  # empty: RS256
    access_token_format: str = "opaque"  # opaque | jwt (RFC 9068)
    dpop: bool = False  # its tokens are bound to a key in any case (RFC 9449)
    post_logout_redirect_uris: list[str] = []
    backchannel_logout_uri: str = ""
    disabled: bool = False
    banned: bool = False
    created_at: float = 0.0
    seed: str = ""  # digest of what the seeds wrote: an app whose digest differs was edited by a person

    @property
    def public(self) -> bool:
        """RFC 6749 §2.1: clients that cannot keep a secret."""
        return self.token_endpoint_auth_method == "none" or self.kind in ("spa", "native")

    @property
    def closed(self) -> str:
        """The neutral reason for which it may do nothing at all; "" for none."""
        return "client_disabled" if self.disabled else "client_banned" if self.banned else ""


class User(Record):
    uid: str
    world: str
    nickname: str = ""
    password: str = ""
    avatar: str | None = None  # None: the drawn one; empty: has none, as asked for
    profile: Profile = {}  # any further field of any dialect: sex, province, city, country, email, name …
    always_denies: bool = False  # 赵六: the persona's button refuses
    follows: bool = True  # whether the persona follows official accounts unless said otherwise
    snapshot: bool = False  # sees pages as WeChat's read-only snapshots: apps meet a virtual user instead
    virtual: bool = False  # such a one: made for one authorization (wire.md A.7)
    deleted: bool = False

    @property
    def name(self) -> str:
        return str(self.profile.get("name") or self.nickname or self.uid)

    @property
    def email(self) -> str:
        return str(self.profile.get("email", f"{self.uid}@example.test"))


class Grant(Record):
    """A user's consent to an app; tokens live no longer than it does."""

    id: str
    appid: str
    user: str
    scopes: list[str] = []
    since: float = 0.0
    last_used: float = 0.0


class AuthRequest(Record):
    """One authorization request, waiting for its one answer. Pages carry only its id, so two tabs work."""

    rid: str
    world: str
    appid: str
    dialect: str
    params: dict[str, str]  # canonical names (RFC 6749), after the dialect's renaming
    redirect_uri: str
    scopes: list[str]
    flow: str
    created_at: float
    created_real: float = 0.0
    state: str = ""
    issuer: str | None = None  # to be named in the answer, where a fault wants another; "": none
    subjects: list[str] | None = None  # who alone may answer (OpenID Connect Core §3.1.2.1); None: anybody
    device: str = ""  # the device that waits for the answer (RFC 8628), where no redirect does
    pushed: bool = False  # it was laid down beforehand (RFC 9126), with its one answer


class Scan(Record):
    """A QR code on a website's page, and what was done with it (wire.md B.2). It expires by the world's clock, unless
    confirmed; so ``expired`` stands here only where somebody ended it early."""

    uuid: str
    request: AuthRequest
    expires_at: float
    hold: int  # seconds for which a poll is held
    page: str  # its address, for the link that gets a fresh code
    address: str = ""  # who asks, as the phone shows it: where the page was opened …
    browser: str = ""  # … and in what
    state: str = "waiting"  # waiting | scanned | confirmed | denied | expired
    user: str = ""  # who scanned
    taker: str = ""  # which call confirmed: it alone makes the code
    code: str = (
        ""  # what the page gets, encrypted with a key that is not in Redis; empty while it is being made
    )

    def state_at(self, now: float) -> str:
        done = self.state == "confirmed" and self.code
        return "expired" if not done and now >= self.expires_at else self.state


class Code(Record, kw_only=True):
    """An authorization code; found by its digest, spent once. ``grant`` stands last: the store fills it in."""

    appid: str
    user: str
    scopes: list[str]
    redirect_uri: str  # empty when the request did not name one (RFC 6749 §4.1.3)
    issued_at: float
    expires_at: float
    flow: str
    authorization: str
    code_challenge: str = ""
    code_challenge_method: str = ""
    nonce: str = ""  # of the client, for the id_token
    auth_time: float = 0.0  # when the user logged in
    sid: str = ""  # of which login at which browser (OpenID Connect Front-Channel Logout §3)
    jkt: str = ""  # of the key that it is bound to (RFC 9449 §10)
    claims: dict[str, list[str]] = {}  # asked for one by one: id_token, userinfo
    carried: bool = True  # by a browser; False: no code was given (password, implicit), its grant hangs here
    grant: str


class Device(Record, kw_only=True):
    """A device that waits for its user elsewhere (RFC 8628); found by the digest of its device_code, and by what the
    user types. ``grant`` stands last: the store fills it in."""

    appid: str
    user_code: str  # eight letters, as they are kept: without the hyphen
    scopes: list[str]
    started_at: float
    expires_at: float
    flow: str
    authorization: str
    state: str = "pending"  # pending | approved | denied
    user: str = ""  # who answered
    answer: str = ""  # by which authorization request
    auth_time: float = 0.0  # when that user logged in
    sid: str = ""  # of that login
    interval: int = 5  # seconds between two polls; more for a device that does not keep to it
    polled_at: float | None = None
    told: str = ""  # what the last poll was answered
    grant: str

    def state_at(self, now: float) -> str:
        return "expired" if now >= self.expires_at else self.state


class MiniSession(Record):
    """A user's session with a mini program (wire.md C.2): one at a time. The session_key follows from the nonce and a
    key that is not in Redis."""

    user: str
    nonce: str
    since: float
    expires_at: float
    flow: str
    generation: int = 1  # counted up by each new session_key


class JsCode(Record):
    """What wx.login gave; spent once. Its session_key is that of ``nonce``, also when a later login replaced it."""

    appid: str
    user: str
    nonce: str
    expires_at: float
    flow: str


class PhoneCode(Record):
    """What the phone-number button gave (wire.md C.5); spent once, and no js_code."""

    appid: str
    user: str
    expires_at: float
    flow: str


class CgiTokens(Record):
    """The cgi-bin tokens of one app in one space; only the newest and its predecessors in their last minutes work."""

    current: str  # digest
    nonce: str  # what the current one is derived from
    expires_at: float
    earlier: dict[str, float] = {}  # digest of an older token -> when it ends
    forced: list[float] = []  # when force_refresh was used in the last 24 hours
    flow: str = ""

    def ends(self, name: str) -> float | None:
        """When the token with this digest ends; None for one that was replaced."""
        return self.expires_at if name == self.current else self.earlier.get(name)


class Authorization(Record):
    """What one redeemed code gave; revoking it kills every token under it."""

    id: str
    appid: str
    user: str
    scopes: list[str]
    grant: str
    issued_at: float
    flow: str
    claims: list[str] = []  # of userinfo, asked for one by one


class Token(Record):
    """An access or a refresh token; valid iff this, its authorization and its grant live."""

    kind: str  # access | refresh
    appid: str
    user: str
    scopes: list[str]
    authorization: str
    grant: str
    issued_at: float
    expires_at: float
    flow: str
    hint: str = ""  # last four characters, for lists that people read
    counter: int = 0  # refresh: how many access tokens it has given (WeChat derives them from it)
    access: str = ""  # refresh: digest of the newest access token; access: digest of its refresh token
    access_expires_at: float = 0.0  # refresh: when that newest access token ends
    auth_time: float = 0.0  # refresh: when the user had logged in
    sid: str = ""  # refresh: of which login
    jkt: str = ""  # of the key that it is bound to (RFC 9449 §5)
    claims: list[str] = []  # refresh: of userinfo, asked for one by one
    revoked: bool = False
    actor: str = ""  # the app that got it in exchange (RFC 8693 §4.1), where that is another one


def dead_because(record: Token, authorization: Authorization | None, grant: Grant | None) -> str:
    """ "" while the token, its authorization and its grant live, else the neutral reason why it is dead."""
    if authorization is None or record.revoked:
        return "token_revoked"
    if record.user and (grant is None or grant.id != record.grant):
        return "consent_withdrawn"
    return ""


class SigningKey(Record):
    """One of the town's own (RFC 7517): its private half is encrypted with a key that is not in Redis."""

    kid: str
    alg: str  # RS256 | ES256 | EdDSA (RFC 7518, RFC 8037)
    public: dict[str, str]  # a JWK
    sealed: str
    created_at: float  # real
    retired_at: float = 0.0  # real; 0 while it is in use


class Decision(Record):
    """An armed answer for one coming authorization request."""

    id: str
    user: str
    decision: str  # approve | deny
    scopes: list[str] | None
    armed_at: float  # real: dies after 10 minutes


class Fault(Record):
    """Misbehaviour asked for on one endpoint of one app (``faults/kinds.py``)."""

    id: str
    endpoint: str  # authorize | token | userinfo …: vocabulary.ENDPOINTS
    kind: str = "error"
    error: str = ""  # of kind error: its neutral name, spelt by the dialect
    status: int = 0  # of kind status
    seconds: float = 0.0  # of kind delay
    field: str = ""  # of kinds missing_field and extra_field
    value: Any = None  # of the kinds that take one; None: the usual one
    when: str = "before"  # before | after the endpoint did its work
    after: int = 0  # requests that it lets pass first
    times: int | None = 1  # None: until deleted
    hits: int = 0  # told by the store
    seq: int = 0  # its place in the order of arming


encoder = msgspec.json.Encoder()
R = TypeVar("R", bound=msgspec.Struct)

_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def encode(record: msgspec.Struct) -> bytes:
    return encoder.encode(record)


def decode(kind: type[R], raw: bytes | None) -> R | None:
    if raw is None:
        return None
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    value: R = _decoders[kind].decode(raw)
    return value
