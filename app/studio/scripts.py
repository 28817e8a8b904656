"""The steps on one item of a studio, as Redis scripts: at once or not at all.

A child who taps twice, two tabs, a guardian and a worker never interleave. Nothing is
written for a meeting or an item that is gone.
"""

from __future__ import annotations

# KEYS of all scripts: meeting, studio
# ARGV: item id, the revision that was seen ("" for any), more where a script says so
# Reply: {"gone"}, {"changed"}, another refusal, or
#        {"ok", revision, "1" if a job must be queued}
BEGIN = """
local id = ARGV[1]
local stored = redis.call('HGET', KEYS[2], id)
if redis.call('EXISTS', KEYS[1]) == 0 or not stored then return {'gone'} end
local item = cjson.decode(stored)
for name, value in pairs(item) do
  if value == cjson.null then item[name] = nil end
end
if ARGV[2] ~= '' and item.revision ~= tonumber(ARGV[2]) then return {'changed'} end
local settled = item.status ~= 'queued' and item.status ~= 'running'

local function keep(queue)
  redis.call('HSET', KEYS[2], id, cjson.encode(item))
  return {'ok', item.revision, queue and '1' or ''}
end

-- On its way, at the next revision: what a job at an earlier one writes is lost.
local function renewed()
  item.revision, item.status = item.revision + 1, 'queued'
  item.reason, item.tries = nil, nil
  return keep(true)
end

-- What the worker writes of a word or an abstract.
local results = {'proposals', 'reported', 'text', 'unsupported', 'dropped', 'missing'}
"""

# ARGV: item id, record as JSON, limit of items.
# Reply: {"gone"}, {"full"} or {"ok"}
ADD = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'full'} end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('EXPIREAT', KEYS[2], redis.call('HGET', KEYS[1], 'expires_at'))
return {'ok'}
"""

# ARGV[3]: the turn as JSON, [4]: limit of turns.
# A turn whose `sent` is there already is the same tap again: it changes nothing.
SAY = (
    BEGIN
    + """
if item.recipe ~= 'chat' then return {'gone'} end
if item.stopped then return {'stopped'} end
local turn, turns = cjson.decode(ARGV[3]), item.turns or {}
for _, other in ipairs(turns) do
  if turn.sent and other.sent == turn.sent then return {'ok', item.revision, ''} end
end
if #turns + 2 > tonumber(ARGV[4]) then return {'long'} end
turns[#turns + 1] = turn
item.turns = turns
return renewed()
"""
)

# Write it again. What is there stays as `earlier`; of a conversation only the reply
# that is missing is asked for once more. A word that is kept stays as it is.
AGAIN = (
    BEGIN
    + """
if not settled or item.kept or item.stopped then return {'gone'} end
if item.recipe == 'chat' then
  local last = item.turns and item.turns[#item.turns]
  if not last or last.by ~= 'child' then return {'gone'} end
  return renewed()
end
if item.status == 'ready' then
  local earlier, avoid = {}, {}
  for _, name in ipairs(results) do earlier[name] = item[name] end
  for _, one in ipairs(item.avoid or {}) do avoid[#avoid + 1] = one end
  for _, one in ipairs(item.proposals or {}) do avoid[#avoid + 1] = one.slang end
  item.earlier = earlier
  if #avoid > 0 then item.avoid = avoid end
end
for _, name in ipairs(results) do item[name] = nil end
return renewed()
"""
)

# What was there before, instead of what has become of the new one.
EARLIER = (
    BEGIN
    + """
if type(item.earlier) ~= 'table' or item.kept then return {'gone'} end
for _, name in ipairs(results) do item[name] = item.earlier[name] end
item.earlier, item.reason, item.tries = nil, nil, nil
item.revision, item.status = item.revision + 1, 'ready'
return keep()
"""
)

# ARGV[3]: place of the proposal for the summary, counted from 0; "" to take it out.
KEEP = (
    BEGIN
    + """
local place = tonumber(ARGV[3])
if item.recipe ~= 'slang' or not settled then return {'gone'} end
if place and not (item.proposals and item.proposals[place + 1]) then return {'gone'} end
item.kept = place
return keep()
"""
)

# ARGV[3]: place of a proposal that somebody finds offensive, [4]: its fingerprint.
# It is remembered with the meeting, so that no other proposal brings it back.
REPORT = (
    BEGIN
    + """
local place = tonumber(ARGV[3])
if item.recipe ~= 'slang' then return {'gone'} end
if not (item.proposals and item.proposals[place + 1]) then return {'gone'} end
if settled then
  item.reported = item.reported or {}
  item.reported[#item.reported + 1] = place
end
if item.kept == place then item.kept = nil end
redis.call('HSET', KEYS[1], 'banned:' .. ARGV[4], '1')
return keep()
"""
)

# ARGV[3]: the time. The new revision stops a reply that is on its way.
STOP = (
    BEGIN
    + """
if item.recipe ~= 'chat' then return {'gone'} end
if item.stopped then return keep() end
item.stopped = tonumber(ARGV[3])
item.revision, item.status, item.reason = item.revision + 1, 'ready', nil
return keep()
"""
)

# ARGV[3]: the turn that alarmed, [4]: the time.
SEEN = (
    BEGIN
    + """
for _, alert in ipairs(item.alerts or {}) do
  if alert.turn == tonumber(ARGV[3]) and not alert.seen then
    alert.seen = tonumber(ARGV[4])
  end
end
return keep()
"""
)

# ARGV[3]: limit of second tries. For a job that ended and left its item unsettled.
# Reply: "again" (counted, may be queued once more), "failed" (now settled) or
# "other" (settled meanwhile, or of another revision).
UNSETTLED = """
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored then return 'other' end
local item = cjson.decode(stored)
local open = item.status == 'queued' or item.status == 'running'
if not open or item.revision ~= tonumber(ARGV[2]) then return 'other' end
item.tries = (item.tries or 0) + 1
local done = item.tries > tonumber(ARGV[3])
item.status = done and 'failed' or 'queued'
item.reason = done and 'crashed' or nil
redis.call('HSET', KEYS[2], ARGV[1], cjson.encode(item))
return done and 'failed' or 'again'
"""
