"""The steps on a meeting's training rows, as Redis scripts: at once or not at all.

Two tabs of one reviewer, two reviewers and a participant who takes an answer back
never interleave. Nothing is written for a meeting or a row that is gone.
"""

from __future__ import annotations

# KEYS of all scripts: meeting, rows, order, verdicts, people, undo of the host, undo of
# the second reviewer. What is dropped keeps its names with this behind them.
DROPPED = ":dropped"

# ARGV: limit of rows, JSON list of [id, draft as JSON, ids of the people it rests on]
# Reply: {"gone"}, {"full", how many there would be} or {"ok", added}
ADD = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
local entries, fresh = cjson.decode(ARGV[2]), {}
for _, entry in ipairs(entries) do
  if redis.call('HEXISTS', KEYS[2], entry[1]) == 0 then fresh[#fresh + 1] = entry end
end
local count = redis.call('HLEN', KEYS[2]) + #fresh
if count > tonumber(ARGV[1]) then return {'full', count} end
local last = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or 0
for n, entry in ipairs(fresh) do
  redis.call('HSET', KEYS[2], entry[1], entry[2])
  redis.call('ZADD', KEYS[3], last + n, entry[1])
  for _, person in ipairs(entry[3]) do
    local known = redis.call('HGET', KEYS[5], person)
    known = known and cjson.decode(known) or {}
    known[#known + 1] = entry[1]
    redis.call('HSET', KEYS[5], person, cjson.encode(known))
  end
end
local expires = redis.call('HGET', KEYS[1], 'expires_at')
for n = 2, 7 do redis.call('EXPIREAT', KEYS[n], expires) end
return {'ok', #fresh}
"""

# ARGV: who decides, as what ("host", "second", "settled"), row id, decision as JSON,
#       how many decisions can be undone
# Reply: {"gone"} or {"ok"}
DECIDE = """
local expires = redis.call('HGET', KEYS[1], 'expires_at')
if not expires or redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 then
  return {'gone'}
end
local undo = ARGV[1] == 'host' and KEYS[6] or KEYS[7]
local field = ARGV[2] .. ':' .. ARGV[3]
local known = redis.call('HGET', KEYS[4], field)
known = known and cjson.decode(known) or {}
known[#known + 1] = cjson.decode(ARGV[4])
while #known > tonumber(ARGV[5]) do table.remove(known, 1) end
redis.call('HSET', KEYS[4], field, cjson.encode(known))
redis.call('RPUSH', undo, field)
redis.call('LTRIM', undo, -tonumber(ARGV[5]), -1)
redis.call('EXPIREAT', KEYS[4], expires)
redis.call('EXPIREAT', undo, expires)
return {'ok'}
"""

# ARGV: who takes their last decision back. What is about a row that is gone is passed.
# Reply: {"nothing"} or {"ok", row id}
UNDO = """
local undo = ARGV[1] == 'host' and KEYS[6] or KEYS[7]
while true do
  local field = redis.call('RPOP', undo)
  if not field then return {'nothing'} end
  local known = redis.call('HGET', KEYS[4], field)
  if known then
    known = cjson.decode(known)
    table.remove(known)
    if #known == 0 then
      redis.call('HDEL', KEYS[4], field)
    else
      redis.call('HSET', KEYS[4], field, cjson.encode(known))
    end
    return {'ok', string.match(field, ':(.*)')}
  end
end
"""

# ARGV: seconds in which it can be undone. Reply: how many rows.
DROP = f"""
local rows = redis.call('HLEN', KEYS[2])
if rows == 0 then return 0 end
for n = 2, 7 do
  local kept = KEYS[n] .. '{DROPPED}'
  redis.call('DEL', kept)
  if redis.call('EXISTS', KEYS[n]) == 1 then
    redis.call('RENAME', KEYS[n], kept)
    if redis.call('TTL', kept) > tonumber(ARGV[1]) then
      redis.call('EXPIRE', kept, ARGV[1])
    end
  end
end
return rows
"""

# Brings back what was dropped, unless there are other rows by now. Reply: how many.
RESTORE = f"""
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
local expires = redis.call('HGET', KEYS[1], 'expires_at')
for n = 2, 7 do
  local kept = KEYS[n] .. '{DROPPED}'
  if redis.call('EXISTS', kept) == 1 then
    redis.call('RENAME', kept, KEYS[n])
    redis.call('EXPIREAT', KEYS[n], expires)
  end
end
return redis.call('HLEN', KEYS[2])
"""

# A new link for the second reviewer. Reply: its number, or nil.
RENEW = """
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
return redis.call('HINCRBY', KEYS[1], 'reviewer_link', 1)
"""

# For scripts that change what a participant said, whose KEYS[6] to KEYS[9] are rows,
# order, verdicts and people: the rows that rest on their answers go at once, and
# dropped rows of theirs cannot come back.
FORGET_ROWS = f"""
local function forget_rows(person)
  local listed = redis.call('HGET', KEYS[9], person)
  for _, id in ipairs(listed and cjson.decode(listed) or {{}}) do
    redis.call('HDEL', KEYS[6], id)
    redis.call('ZREM', KEYS[7], id)
    redis.call('HDEL', KEYS[8], 'host:' .. id, 'second:' .. id, 'settled:' .. id)
  end
  redis.call('HDEL', KEYS[9], person)
  if redis.call('HEXISTS', KEYS[9] .. '{DROPPED}', person) == 1 then
    for n = 6, 9 do redis.call('DEL', KEYS[n] .. '{DROPPED}') end
  end
end
"""
