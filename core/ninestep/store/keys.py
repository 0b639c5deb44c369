"""Every key there is. All keys of a world share the hash tag ``{world}`` and so live in one cluster slot."""

from __future__ import annotations


class Keys:
    """Builds key names; ``prefix`` lets several towns share one Redis."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    # not of any world: how a name without its world finds it
    def pointer_app(self, appid: str) -> str:
        return f"{self.prefix}:ptr:app:{appid}"

    def pointer(self, digest: str) -> str:
        return f"{self.prefix}:ptr:{digest}"

    @property
    def clock(self) -> str:
        return f"{self.prefix}:clock"

    @property
    def worlds(self) -> str:
        return f"{self.prefix}:worlds"

    @property
    def ended(self) -> str:
        """Sorted set of the worlds that ended a moment ago, scored by the real time of it."""
        return f"{self.prefix}:ended"

    @property
    def seed_lock(self) -> str:
        return f"{self.prefix}:seed-lock"

    @property
    def seeded(self) -> str:
        return f"{self.prefix}:seeded"

    @property
    def seeded_file(self) -> str:
        """There while the seed file of this town is in."""
        return f"{self.prefix}:seeded-file"

    @property
    def signing_keys(self) -> str:
        """Algorithm -> the key in use; ``next:`` and it -> the one after; kid -> one that was in use before."""
        return f"{self.prefix}:signing-keys"

    @property
    def origins(self) -> str:
        """Those of every app's redirect_uris (RFC 6454)."""
        return f"{self.prefix}:origins"

    @property
    def scans(self) -> str:
        """The channel on which each change of a QR code is told."""
        return f"{self.prefix}:scans"

    # of a world
    def of(self, world: str, tail: str) -> str:
        return f"{self.prefix}:{{{world}}}:{tail}"

    def index(self, world: str) -> str:
        """Sorted set of the world's other keys (tails), scored by the real time at which Redis forgets them."""
        return self.of(world, "keys")

    def world(self, world: str) -> str:
        return self.of(world, "world")

    def world_clock(self, world: str) -> str:
        return self.of(world, "clock")

    def app(self, world: str, appid: str) -> str:
        return self.of(world, f"app:{appid}")

    def apps(self, world: str) -> str:
        return self.of(world, "apps")

    def user(self, world: str, uid: str) -> str:
        return self.of(world, f"user:{uid}")

    def users(self, world: str) -> str:
        return self.of(world, "users")

    def request(self, world: str, rid: str) -> str:
        return self.of(world, f"request:{rid}")

    def scan(self, world: str, uuid: str) -> str:
        return self.of(world, f"scan:{uuid}")

    def once(self, world: str, kind: str, digest: str) -> str:
        """A single-use record: code, refresh, nonce, state."""
        return self.of(world, f"{kind}:{digest}")

    def spent(self, world: str, kind: str, digest: str) -> str:
        """Its tombstone."""
        return self.of(world, f"{kind}-spent:{digest}")

    def access(self, world: str, digest: str) -> str:
        return self.of(world, f"access:{digest}")

    def authorization(self, world: str, authorization: str) -> str:
        return self.of(world, f"authorization:{authorization}")

    def grant(self, world: str, appid: str, user: str) -> str:
        return self.of(world, f"grant:{appid}:{user}")

    def grants(self, world: str) -> str:
        return self.of(world, "grants")

    def followers(self, world: str, appid: str) -> str:
        return self.of(world, f"followers:{appid}")

    def testers(self, world: str, appid: str) -> str:
        return self.of(world, f"testers:{appid}")

    def mini_session(self, world: str, appid: str, openid: str) -> str:
        return self.of(world, f"mini-session:{appid}:{openid}")

    def cgi_tokens(self, world: str, appid: str, space: str) -> str:
        return self.of(world, f"cgi:{space}:{appid}")

    def decisions(self, world: str, appid: str) -> str:
        return self.of(world, f"next:{appid}")

    def faults(self, world: str, appid: str) -> str:
        return self.of(world, f"faults:{appid}")

    def fault_queue(self, world: str) -> str:
        return self.of(world, "fault-queue")

    def fault_hits(self, world: str) -> str:
        return self.of(world, "fault-hits")

    def flow(self, world: str, flow: str) -> str:
        return self.of(world, f"flow:{flow}")

    def exchanges(self, world: str, flow: str) -> str:
        return self.of(world, f"exchanges:{flow}")

    def flows(self, world: str) -> str:
        return self.of(world, "flows")

    def state_index(self, world: str, appid: str, state_hash: str) -> str:
        return self.of(world, f"state:{appid}:{state_hash}")

    def beside_app(self, world: str, appid: str) -> list[str]:
        """What is kept of an app beside its record; its consents, tokens and flows are found by the world's lists."""
        kinds = (self.decisions, self.faults, self.checks, self.followers, self.testers)
        return [kind(world, appid) for kind in kinds]

    def checks(self, world: str, appid: str) -> str:
        """How often each check passed and refused for an app (``trace.coverage``)."""
        return self.of(world, f"checks:{appid}")

    def snapshots(self, world: str) -> str:
        return self.of(world, "snapshots")

    def snapshot(self, world: str, snapshot: str) -> str:
        return self.of(world, f"snapshot:{snapshot}")

    def seed_marks(self, world: str) -> str:
        """What a seed file wrote here, so that a person's edit can be told from it."""
        return self.of(world, "seed-marks")

    def stream(self, world: str) -> str:
        return self.of(world, "stream")

    @property
    def metrics(self) -> str:
        return f"{self.prefix}:metrics"
