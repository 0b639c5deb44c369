"""A world put aside and brought back, as Lua. These two look for the world's keys themselves, by its lists and its
index: what a login writes between a look from outside and the script would be half a world. All keys have the hash tag
of KEYS[1], so all are in its slot."""

# tails(start): the tails of everything that belongs to a world but its own record, its trace and its snapshots; and
# of those that its index knows the real time at which Redis forgets them.
TAILS = """
local PER_APP = {'app:', 'next:', 'faults:', 'followers:', 'testers:'}
local function tails(start)
  local found, seen, indexed = {}, {}, {}
  local function add(tail)
    if not seen[tail] then seen[tail] = true; found[#found + 1] = tail end
  end
  for _, tail in ipairs({'apps', 'users', 'grants', 'fault-queue', 'fault-hits', 'clock', 'seed-marks'}) do
    add(tail)
  end
  for _, appid in ipairs(redis.call('SMEMBERS', start .. 'apps')) do
    for _, kind in ipairs(PER_APP) do add(kind .. appid) end
  end
  for _, uid in ipairs(redis.call('SMEMBERS', start .. 'users')) do add('user:' .. uid) end
  for _, name in ipairs(redis.call('SMEMBERS', start .. 'grants')) do add('grant:' .. name) end
  local index = redis.call('ZRANGE', start .. 'keys', 0, -1, 'WITHSCORES')
  for i = 1, #index, 2 do
    local tail = index[i]
    local kind, name = string.match(tail, '^([^:]*):?(.*)$')
    if kind ~= 'state' then
      add(tail)
      indexed[tail] = tonumber(index[i + 1])
      if name ~= '' then add(kind .. '-spent:' .. name) end
    end
  end
  return found, indexed
end
"""

# Put a world aside, under a key that is forgotten soon unless it is kept (KEEP).
# KEYS[1] list of snapshots  KEYS[2] the snapshot: tail -> its life in ms | its dump; #tail -> its life in the index
# ARGV[1] how the world's keys start  ARGV[2] what is known of the snapshot, as JSON
# ARGV[3] most snapshots  ARGV[4] most keys  ARGV[5] most bytes  ARGV[6] seconds until it is forgotten  ARGV[7] real now
# returns {'saved', keys, bytes, apps, tails that a pointer outside the world leads to}
#   | {'many' | 'keys' | 'bytes' | 'gone'}: nothing was done
SAVE = (
    TAILS
    + """
local start = ARGV[1]
if redis.call('EXISTS', start .. 'world') == 0 then return {'gone'} end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return {'many'} end
local all, indexed = tails(start)
local kept, keys, bytes, pointed = {}, 0, 0, {}
for _, tail in ipairs(all) do
  local dump = redis.call('DUMP', start .. tail)
  if dump then
    keys, bytes = keys + 1, bytes + #tail + #dump
    if keys > tonumber(ARGV[4]) then return {'keys'} end
    if bytes > tonumber(ARGV[5]) then return {'bytes'} end
    local life = redis.call('PTTL', start .. tail)
    kept[#kept + 1] = {tail, life .. '|' .. dump}
  end
  if indexed[tail] then kept[#kept + 1] = {'#' .. tail, indexed[tail] - ARGV[7]} end
  local kind = string.match(tail, '^[^:]*')
  if indexed[tail] and (kind == 'access' or kind == 'pointer' or kind == 'request' or kind == 'scan') then
    pointed[#pointed + 1] = tail
  end
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], '@about', ARGV[2], '@keys', keys, '@bytes', bytes)
local clock = redis.call('GET', start .. 'clock')
if clock then redis.call('HSET', KEYS[2], '@clock', clock) end
for _, pair in ipairs(kept) do redis.call('HSET', KEYS[2], pair[1], pair[2]) end
redis.call('EXPIRE', KEYS[2], ARGV[6])
return {'saved', keys, bytes, redis.call('SMEMBERS', start .. 'apps'), pointed}
"""
)

# Keep a snapshot that was just saved.
# KEYS[1] list of snapshots  KEYS[2] the snapshot  KEYS[3] the world
# ARGV[1] id  ARGV[2] real now  ARGV[3] apps  ARGV[4] pointers, JSON  ARGV[5] most snapshots
# returns 'kept' | 'gone': it was forgotten, or the world ended meanwhile | 'many': others were kept meanwhile
KEEP = """
local why = redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) and 'many'
if redis.call('EXISTS', KEYS[2]) == 0 or redis.call('EXISTS', KEYS[3]) == 0 then why = 'gone' end
if why then
  redis.call('DEL', KEYS[2])
  return why
end
redis.call('HSET', KEYS[2], '@apps', ARGV[3], '@pointers', ARGV[4])
redis.call('PERSIST', KEYS[2])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 'kept'
"""

# Bring a world back as a snapshot has it, in one step. What a real clock measures goes on with what was left of it.
# Pointers of tokens that are no more stay in the index: they are forgotten with the world, or in their time.
# KEYS[1] index of the world  KEYS[2] the snapshot
# ARGV[1] how the world's keys start  ARGV[2] real now  ARGV[3] real seconds since the snapshot
# ARGV[4] the world's clock as it shall be ('' for none)
# returns {'restored', appids that are no more} | {'gone'}: the world or the snapshot
#   | {'foreign'}: this Redis cannot read it (another version made it); nothing was done
RESTORE = (
    TAILS
    + """
local start = ARGV[1]
if redis.call('EXISTS', KEYS[2]) == 0 or redis.call('EXISTS', start .. 'world') == 0 then return {'gone'} end
local before, indexed = tails(start)
local apps = redis.call('SMEMBERS', start .. 'apps')
local saved, scores, flat = {}, {}, redis.call('HGETALL', KEYS[2])
for i = 1, #flat, 2 do
  local tail = flat[i]
  local first = string.sub(tail, 1, 1)
  if first == '#' then
    scores[string.sub(tail, 2)] = ARGV[2] + flat[i + 1]
  elseif first ~= '@' then
    local life, dump = string.match(flat[i + 1], '^(-?%d+)|(.*)$')
    life = tonumber(life)
    if life < 0 then life = 0 elseif life == 0 then life = 1 end -- to RESTORE, 0 is for ever
    local done = redis.pcall('RESTORE', start .. tail, life, dump, 'REPLACE')
    if type(done) == 'table' and done.err then return {'foreign'} end
    saved[tail] = true
  end
end
for _, tail in ipairs(before) do
  if not saved[tail] then redis.call('DEL', start .. tail) end
  if indexed[tail] and not scores[tail] then
    local name = string.match(tail, '^access:(.*)$')
    if name then redis.call('ZADD', KEYS[1], indexed[tail], 'pointer:' .. name) end
    if string.sub(tail, 1, 8) ~= 'pointer:' then redis.call('ZREM', KEYS[1], tail) end
  end
end
for tail, score in pairs(scores) do redis.call('ZADD', KEYS[1], score, tail) end
if ARGV[4] ~= '' then redis.call('SET', start .. 'clock', ARGV[4]) end

local function later(json, field)
  return (string.gsub(json, '("' .. field .. '":)([%d.eE+-]+)', function(name, seconds)
    return name .. string.format('%.6f', seconds + ARGV[3])
  end))
end
local gone = {}
for _, appid in ipairs(apps) do
  if redis.call('SISMEMBER', start .. 'apps', appid) == 0 then
    gone[#gone + 1] = appid
    redis.call('DEL', start .. 'checks:' .. appid)
  end
end
for _, appid in ipairs(redis.call('SMEMBERS', start .. 'apps')) do
  local key = start .. 'next:' .. appid
  for place, decision in ipairs(redis.call('LRANGE', key, 0, -1)) do
    redis.call('LSET', key, place - 1, later(decision, 'armed_at'))
  end
end
local rests = redis.call('HGETALL', start .. 'resting')
for i = 1, #rests, 2 do redis.call('HSET', start .. 'resting', rests[i], later(rests[i + 1], 'since_real')) end
return {'restored', gone}
"""
)
