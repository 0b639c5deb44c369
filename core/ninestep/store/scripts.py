"""The steps that must not be divided, as Lua. Every key a script touches is declared in KEYS and in one slot."""

# Take a single-use record: the value goes, a tombstone stays. The tombstone keeps who took it, so that the same
# taker gets the same answer when the reply was lost and the client library asked again.
# KEYS[1] record  KEYS[2] tombstone  KEYS[3] the authorization that it stands for, where that can end before
# ARGV[1] taker's nonce  ARGV[2] tombstone's life in seconds
# returns {1, value} taken | {2, value} already spent | {3, ''} its authorization has ended | {0, ''} never known
TAKE = """
local value = redis.call('GET', KEYS[1])
if value then
  if KEYS[3] and redis.call('HEXISTS', KEYS[3], 'revoked') == 1 then return {3, ''} end
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1] .. '|' .. value, 'EX', ARGV[2])
  return {1, value}
end
local spent = redis.call('GET', KEYS[2])
if not spent then return {0, ''} end
local bar = string.find(spent, '|', 1, true)
local kept = string.sub(spent, bar + 1)
if string.sub(spent, 1, bar - 1) == ARGV[1] then return {1, kept} end
return {2, kept}
"""

# Write an authorization with its tokens. A revocation that overtook us stays: HSET never clears `revoked`.
# KEYS[1] authorization  KEYS[2] access  KEYS[3] refresh  KEYS[4] index of the world
# ARGV[1] authorization JSON  ARGV[2] access JSON  ARGV[3] refresh JSON ('' for none)
# ARGV[4..6] lives in seconds  ARGV[7] real now  ARGV[8..10] tails for the index
ISSUE = """
redis.call('HSET', KEYS[1], 'record', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4], 'NX')
redis.call('EXPIRE', KEYS[1], ARGV[4], 'GT')
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[7])
redis.call('ZADD', KEYS[4], ARGV[7] + ARGV[4], ARGV[8], ARGV[7] + ARGV[5], ARGV[9])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[6])
  redis.call('ZADD', KEYS[4], ARGV[7] + ARGV[6], ARGV[10])
end
return 1
"""

# A refresh that keeps its refresh token (WeChat): replace the refresh record iff nobody was faster, write the
# access token that it now stands for.
# KEYS[1] refresh  KEYS[2] access  KEYS[3] index  ARGV[1] refresh record as it was read  ARGV[2] as it shall be
# ARGV[3] access JSON  ARGV[4] access life  ARGV[5] real now  ARGV[6] tail for the index
# returns 1 written | 0 the record had changed: read again | 2 that access token was revoked: take the next
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local old = redis.call('GET', KEYS[2])
if old and cjson.decode(old).revoked then return 2 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[5] + ARGV[4], ARGV[6])
return 1
"""

# Record a consent (what was granted before stays, the grant keeps its id) and the code that stands for it.
# KEYS[1] grant  KEYS[2] list of grants  KEYS[3] code  KEYS[4] index
# ARGV[1] fresh id  ARGV[2] now  ARGV[3] appid  ARGV[4] user  ARGV[5] how many scopes  ARGV[6..] the scopes,
# then the code's JSON up to its last field, its life, until when, its tail
# returns the grant's id, which has become the code's last field
APPROVE = """
redis.call('HSETNX', KEYS[1], 'id', ARGV[1])
redis.call('HSETNX', KEYS[1], 'since', ARGV[2])
redis.call('HSET', KEYS[1], 'last_used', ARGV[2], 'appid', ARGV[3], 'user', ARGV[4])
local last = 5 + tonumber(ARGV[5])
for i = 6, last do redis.call('HSET', KEYS[1], 'scope:' .. ARGV[i], '1') end
redis.call('SADD', KEYS[2], ARGV[3] .. ':' .. ARGV[4])
local grant = redis.call('HGET', KEYS[1], 'id')
redis.call('SET', KEYS[3], ARGV[last + 1] .. '"grant":"' .. grant .. '"}', 'EX', ARGV[last + 2])
redis.call('ZADD', KEYS[4], ARGV[last + 3], ARGV[last + 4])
return grant
"""

# Record a consent (as APPROVE does) and with it a device's answer, if nobody answered or polled since it was read.
# KEYS[1] device  KEYS[2] grant  KEYS[3] list of grants
# ARGV[1] the device as it was read  ARGV[2] as it shall be, up to its last field  ARGV[3] fresh id  ARGV[4] now
# ARGV[5] appid  ARGV[6] user  ARGV[7..] the scopes
# returns 1 answered | 0 it had changed: read again
APPROVE_DEVICE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSETNX', KEYS[2], 'id', ARGV[3])
redis.call('HSETNX', KEYS[2], 'since', ARGV[4])
redis.call('HSET', KEYS[2], 'last_used', ARGV[4], 'appid', ARGV[5], 'user', ARGV[6])
for i = 7, #ARGV do redis.call('HSET', KEYS[2], 'scope:' .. ARGV[i], '1') end
redis.call('SADD', KEYS[3], ARGV[5] .. ':' .. ARGV[6])
local grant = redis.call('HGET', KEYS[2], 'id')
redis.call('SET', KEYS[1], ARGV[2] .. '"grant":"' .. grant .. '"}', 'KEEPTTL')
return 1
"""

# The oldest armed decision that is still alive.
# KEYS[1] list of decisions  ARGV[1] armed after this real time
# returns its JSON or false
NEXT_DECISION = """
while true do
  local raw = redis.call('LPOP', KEYS[1])
  if not raw then return false end
  if cjson.decode(raw).armed_at >= tonumber(ARGV[1]) then return raw end
end
"""

# Fire the first fault of an endpoint: strictly in the order of arming, so nobody looks behind the head of the queue.
# A fault lets its first requests pass, then counts its hits, and leaves the queue with the last of them.
# KEYS[1] queue of the world  KEYS[2] faults of the app  KEYS[3] counters of the world  ARGV[1] endpoint|appid|
# returns the fault's JSON or false
FIRE = """
while true do
  local head = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. ARGV[1], '(' .. ARGV[1] .. '~', 'LIMIT', 0, 1)[1]
  if not head then return false end
  local id = string.match(head, '[^|]+$')
  local raw = redis.call('HGET', KEYS[2], id)
  if raw then
    local fault = cjson.decode(raw)
    local times = fault.times
    if times == nil then times = 1 end
    if (fault.after or 0) > tonumber(redis.call('HGET', KEYS[3], id .. ':passed') or 0) then
      redis.call('HINCRBY', KEYS[3], id .. ':passed', 1)
      return false
    end
    local hits = redis.call('HINCRBY', KEYS[3], id, 1)
    if times ~= cjson.null and hits >= times then redis.call('ZREM', KEYS[1], head) end
    return raw
  end
  redis.call('ZREM', KEYS[1], head)
end
"""

# Join an open flow that has had no authorize request yet.
# KEYS[1] flow   ARGV[1] exchange
# returns 1 joined | 0 taken or unknown
JOIN = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[1], 'ended') then return 0 end
redis.call('HSETNX', KEYS[1], 'authorize', ARGV[1])
if redis.call('HGET', KEYS[1], 'authorize') == ARGV[1] then return 1 end
return 0
"""

# A login is over: it is forgotten, and what hangs on it is revoked in the same step, also what is still being issued.
# KEYS[1] the login  KEYS[2] index of the world  KEYS[3..] its authorizations
# ARGV[1] of how many fields it was as it was read  ARGV[2] now  ARGV[3] life of a revocation in seconds  ARGV[4] until
# when  ARGV[5] real now  ARGV[6] for how long answers may be on their way  ARGV[7] the login's tail  ARGV[8..] tails of
# the authorizations for the index
# returns 1 done | 0 it had changed: read again
END_LOGIN = """
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], ':ended', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('ZADD', KEYS[2], 'GT', ARGV[5] + ARGV[6], ARGV[7])
for i = 3, #KEYS do
  redis.call('HSET', KEYS[i], 'revoked', ARGV[2])
  redis.call('EXPIRE', KEYS[i], ARGV[3], 'NX')
  redis.call('ZADD', KEYS[2], 'GT', ARGV[4], ARGV[i + 5])
end
return 1
"""

# What is given by an answer that was begun before its login ended is revoked: END_LOGIN could not know of it.
# KEYS[1] the login  KEYS[2] index of the world  KEYS[3] the authorization
# ARGV[1] when the answer was begun, real  ARGV[2] life of a revocation in seconds  ARGV[3] until when  ARGV[4] tail of
# the authorization for the index
# returns 1 revoked | 0 the login lasts, or this belongs to what came after its end
OVERTAKEN = """
local ended = redis.call('HGET', KEYS[1], ':ended')
if not ended or tonumber(ended) < tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[3], 'revoked', ended)
redis.call('EXPIRE', KEYS[3], ARGV[2], 'NX')
redis.call('ZADD', KEYS[2], 'GT', ARGV[3], ARGV[4])
return 1
"""

# Put the next signing key into use, and a fresh one into its place; where none was waiting, the fresh one is used.
# KEYS[1] keys   ARGV[1] algorithm  ARGV[2] the fresh key  ARGV[3] real now  ARGV[4] forget what retired before this
ROTATE = """
local before = redis.call('HGET', KEYS[1], ARGV[1])
local waiting = 'next:' .. ARGV[1]
local upcoming = redis.call('HGET', KEYS[1], waiting)
redis.call('HSET', KEYS[1], ARGV[1], upcoming or ARGV[2])
if upcoming then redis.call('HSET', KEYS[1], waiting, ARGV[2]) end
if before then
  local key = cjson.decode(before)
  key.retired_at = tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], key.kid, cjson.encode(key))
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local retired = cjson.decode(all[i + 1]).retired_at
  if retired and retired > 0 and retired < tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], all[i]) end
end
return 1
"""

# Write one exchange into its flow, count the checks that were made in it, and tell the listeners. Only an app that is
# there is counted for: a name that somebody made up costs no memory.
# KEYS[1] flow  KEYS[2] its exchanges  KEYS[3] flows of the world  KEYS[4] stream  KEYS[5] app  KEYS[6] its counters
# ARGV[1] flow id  ARGV[2] record  ARGV[3] real now  ARGV[4] life in seconds  ARGV[5] most records of a flow
# ARGV[6] stream length  ARGV[7] 'sent': with an altered state | 'taken': a code is redeemed | ''
# ARGV[8] how many counters follow  ARGV[9] how many of the pairs after them overwrite; the rest are only set if missing
# returns the number of flows of the world
RECORD = """
if redis.call('RPUSH', KEYS[2], ARGV[2]) > tonumber(ARGV[5]) then redis.call('RPOP', KEYS[2]) end
local counters, overwrite = tonumber(ARGV[8]), tonumber(ARGV[9])
local first = 10 + counters
for i = first, #ARGV - 1, 2 do
  if (i - first) / 2 < overwrite then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  else redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
local state = ARGV[7]
if state == 'sent' then redis.call('HSET', KEYS[1], 'state_altered', '1') end
if state == 'taken' and redis.call('HDEL', KEYS[1], 'state_altered') == 0 then state = '' end
if (counters > 0 or state ~= '') and redis.call('EXISTS', KEYS[5]) == 1 then
  local counted, newest = {}, {}
  for i = 10, first - 1 do counted[#counted + 1] = ARGV[i] end
  if state ~= '' then counted[#counted + 1] = 'state|' .. state end
  for _, name in ipairs(counted) do
    redis.call('HINCRBY', KEYS[6], name, 1)
    newest[#newest + 1] = name .. '_in'
    newest[#newest + 1] = ARGV[1]
  end
  redis.call('HSET', KEYS[6], unpack(newest))
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], 'NX', ARGV[3], ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'flow', ARGV[1])
redis.call('EXPIRE', KEYS[4], ARGV[4])
return redis.call('ZCARD', KEYS[3])
"""

# Give a lock back, if its owner still holds it.
# KEYS[1] lock  ARGV[1] owner
# returns 1 released | 0 somebody else's by now
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# Replace a record that is still as it was read.
# KEYS[1] record  ARGV[1] as it was read  ARGV[2] as it shall be
# returns 1 replaced | 0 it had changed: read again
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# Replace a QR code's record that is still as it was read, and tell whoever waits for it.
# KEYS[1] record  ARGV[1] as it was read  ARGV[2] as it shall be  ARGV[3] channel  ARGV[4] uuid
# returns 1 replaced | 0 it had changed: read again
MOVE_SCAN = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""

# Whether a flow stops at every hop (step mode); one that is new takes its turn, if any is left.
# KEYS[1] the world's step mode  KEYS[2] flow   ARGV[1] the flow's life in seconds
# returns 1 it stops | 0 it does not
CLAIM_STEPS = """
local raw = redis.call('GET', KEYS[1])
if not raw then return 0 end
local told = redis.call('HGET', KEYS[2], 'stepping')
if told then return tonumber(told) end
local armed = cjson.decode(raw)
local left = armed.left or -1
if left ~= 0 then
  if left > 0 then
    armed.left = left - 1
    redis.call('SET', KEYS[1], cjson.encode(armed), 'KEEPTTL')
  end
  redis.call('HSET', KEYS[2], 'stepping', '1')
  redis.call('EXPIRE', KEYS[2], ARGV[1])
  return 1
end
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'stepping', '0') end
return 0
"""

# A flow rests; the clock, still as it was read, becomes what it shall be.
# KEYS[1] who rests  KEYS[2] the world's clock  KEYS[3] there while it stands for them
# ARGV[1] flow  ARGV[2] its record  ARGV[3] the clock as it was read ('' for none)
# ARGV[4] the clock as it shall be ('' to leave it)  ARGV[5] life in seconds
# returns 1 done | 0 the clock was moved meanwhile: read again
REST = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[4] ~= '' then
  redis.call('SET', KEYS[2], ARGV[4])
  redis.call('SET', KEYS[3], '1', 'EX', ARGV[5])
end
return 1
"""

# A flow rests no longer, nor do those that were forgotten; nobody left for whom the clock stands: it goes on.
# KEYS as of REST   ARGV[1] flow  ARGV[2] the clock as it was read  ARGV[3] as it would run ('' where it runs already)
# ARGV[4] forgotten before this real time
# returns 1 done | 0 the clock was moved meanwhile: read again
MOVE_ON = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local held = false
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local each = cjson.decode(all[i + 1])
  if each.since_real < tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], all[i])
  elseif each.freezes ~= false then held = true end
end
if held then return 1 end
if redis.call('EXISTS', KEYS[3]) == 1 then
  if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3]) end
  redis.call('DEL', KEYS[3])
end
return 1
"""
