"""Which platform accounts a local user logs in with: bound and unbound in one step each, whoever races.

A person has a name in each app of a provider (appid, openid) and, where its apps share an open platform account, one
name in all of them: the unionid. Each name leads to its local user, and the user's hash ``bound`` leads back, from a
provider to all names there. So one person of a provider per user, however many of its apps they come by; never none.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from ninestep.digest import digest
from ninestep.store import Store
from ninestep.store.batch import Script, pairs

from ..login.attempt import SCOPE

# Whose the names are, and all that are free become theirs. The app's own name counts before the unionid: two accounts
# that were made before either knew of a unionid stay two.
# KEYS names  ARGV[1] a fresh user
OWN = """
local owner = ARGV[1]
for i = #KEYS, 1, -1 do owner = redis.call('GET', KEYS[i]) or owner end
for _, name in ipairs(KEYS) do redis.call('SET', name, owner, 'NX') end
return owner
"""

WITH = """
local function with(held, digest)
  if held == '' then return digest end
  return string.find(held, digest, 1, true) and held or held .. ' ' .. digest
end
"""

# Note under the user what its names say already; nothing if the first was unbound in between.
# KEYS[1] bound  KEYS[2…] names  ARGV[1] user  ARGV[2] provider  ARGV[3…] the names' digests
NOTE = (
    WITH
    + """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local held = redis.call('HGET', KEYS[1], ARGV[2]) or ''
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then held = with(held, ARGV[i + 1]) end
end
redis.call('HSET', KEYS[1], ARGV[2], held)
return 1
"""
)

# The same keys and arguments.
# returns bound | taken: it is another user's | other: the user is another person of this provider
BIND = (
    WITH
    + """
local held = redis.call('HGET', KEYS[1], ARGV[2]) or ''
local known, mine = held == '', redis.call('GET', KEYS[2]) == ARGV[1]
for i = 2, #KEYS do
  local owner = redis.call('GET', KEYS[i])
  if owner and owner ~= ARGV[1] and not mine then return 'taken' end
  known = known or string.find(held, ARGV[i + 1], 1, true)
end
if not known then return 'other' end
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], ARGV[1], 'NX')
  if redis.call('GET', KEYS[i]) == ARGV[1] then held = with(held, ARGV[i + 1]) end
end
redis.call('HSET', KEYS[1], ARGV[2], held)
return 'bound'
"""
)

# The same keys; ARGV[1] user  ARGV[2] provider  ARGV[3] the names as they were read
# returns unbound | last: the user could never come back | changed: they are not the same any more
UNBIND = """
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[3] then return 'changed' end
if redis.call('HLEN', KEYS[1]) < 2 then return 'last' end
redis.call('HDEL', KEYS[1], ARGV[2])
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 'unbound'
"""


class Identity(NamedTuple):
    """A person as one app of a provider knows them."""

    provider: str
    appid: str
    openid: str
    unionid: str = ""

    @property
    def names(self) -> list[str]:
        """Digests: the app's own name first."""
        own = [digest(f"{self.provider}|{self.appid}|{self.openid}")]
        return [*own, digest(f"{self.provider}|unionid|{self.unionid}")] if self.unionid else own


class Identities:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._own, self._note, self._bind, self._unbind = map(Script, (OWN, NOTE, BIND, UNBIND))

    def owner(self, identity: Identity) -> str:
        """The user's id, a fresh one for an unknown person. Whoever comes first decides it; the others read that."""
        keys = [self._name(name) for name in identity.names]
        while True:
            found: bytes = self._own.run(self._store.redis, keys, [f"u{secrets.token_hex(8)}"])
            user = found.decode()
            if self._run(self._note, user, identity.provider, identity.names):
                return user

    def bind(self, user: str, identity: Identity) -> str:
        """bound, taken or other."""
        return bytes(self._run(self._bind, user, identity.provider, identity.names)).decode()

    def unbind(self, user: str, provider: str) -> str:
        """unbound, last or changed."""
        held = self.of(user).get(provider, "")
        if not held:
            return "changed"
        keys = [self._bound(user), *(self._name(name) for name in held.split())]
        return bytes(self._unbind.run(self._store.redis, keys, [user, provider, held])).decode()

    def of(self, user: str) -> dict[str, str]:
        """Provider -> digests of the names there, for all that ``user`` can log in with."""
        raw = pairs(self._store.redis.hgetall(self._bound(user)))
        return {provider.decode(): names.decode() for provider, names in raw.items()}

    def _run(self, script: Script, user: str, provider: str, names: list[str]) -> bytes:
        keys = [self._bound(user), *(self._name(name) for name in names)]
        found: bytes = script.run(self._store.redis, keys, [user, provider, *names])
        return found

    def _name(self, name: str) -> str:
        return self._store.keys.of(SCOPE, f"identity:{name}")

    def _bound(self, user: str) -> str:
        return self._store.keys.of(SCOPE, f"bound:{user}")
