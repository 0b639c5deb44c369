"""Which platform accounts a local user logs in with: bound and unbound in one step each, whoever races.

An identity is (provider, appid, openid or uid). It leads to its local user, and the user's hash ``bound`` leads back:
one identity per provider, never none.
"""

from __future__ import annotations

import secrets

from ninestep.digest import digest
from ninestep.store import Later, Store
from ninestep.store.batch import Script, pairs

from ..login.attempt import SCOPE

# Note under the user what its identity says already; nothing if that was unbound in between.
# KEYS[1] identity  KEYS[2] bound  ARGV[1] user  ARGV[2] provider  ARGV[3] the identity's digest
LINK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
"""

# The same keys and arguments.
# returns bound | taken: it is another user's | other: the user has another one of this provider
BIND = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 'taken' end
local held = redis.call('HGET', KEYS[2], ARGV[2])
if held and held ~= ARGV[3] then return 'other' end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 'bound'
"""

# The same keys and arguments.
# returns unbound | last: the user could never come back | changed: it was not bound any more
UNBIND = """
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[3] then return 'changed' end
if redis.call('HLEN', KEYS[2]) < 2 then return 'last' end
redis.call('HDEL', KEYS[2], ARGV[2])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'unbound'
"""


class Identities:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._link, self._bind, self._unbind = Script(LINK), Script(BIND), Script(UNBIND)

    def owner(self, provider: str, appid: str, openid: str) -> str:
        """The user's id, a fresh one for an unknown identity. Whoever comes first decides it; the others read that."""
        name = digest(f"{provider}|{appid}|{openid}")
        while True:
            batch = self._store.batch()
            batch.call("set", self._identity(name), f"u{secrets.token_hex(8)}", nx=True)
            found: Later[bytes] = batch.call("get", self._identity(name))
            batch.run()
            user = (found.value or b"").decode()
            if user and self._run(self._link, user, provider, name):
                return user

    def bind(self, user: str, provider: str, appid: str, openid: str) -> str:
        """bound, taken or other."""
        name = digest(f"{provider}|{appid}|{openid}")
        return bytes(self._run(self._bind, user, provider, name)).decode()

    def unbind(self, user: str, provider: str) -> str:
        """unbound, last or changed."""
        name = self.of(user).get(provider, "")
        return bytes(self._run(self._unbind, user, provider, name)).decode() if name else "changed"

    def of(self, user: str) -> dict[str, str]:
        """Provider -> digest of the identity, for all that ``user`` can log in with."""
        raw = pairs(self._store.redis.hgetall(self._bound(user)))
        return {provider.decode(): name.decode() for provider, name in raw.items()}

    def _run(self, script: Script, user: str, provider: str, name: str) -> bytes:
        keys = [self._identity(name), self._bound(user)]
        found: bytes = script.run(self._store.redis, keys, [user, provider, name])
        return found

    def _identity(self, name: str) -> str:
        return self._store.keys.of(SCOPE, f"identity:{name}")

    def _bound(self, user: str) -> str:
        return self._store.keys.of(SCOPE, f"bound:{user}")
