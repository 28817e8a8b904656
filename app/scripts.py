"""The steps on a meeting that must happen at once or not at all, as Redis scripts.

Each runs inside Redis, so two web processes, a worker and a deletion can never
interleave with it. Nothing is written for a meeting that is gone.
"""

from __future__ import annotations

from app.rows.scripts import FORGET_ROWS

# KEYS of all scripts, unless they say otherwise:
#       meeting, participants, answers, quizzes, earlier quizzes, and of training rows:
#       rows, order, verdicts, people

# ARGV: participant id, person as JSON, entries as JSON, "1" to drop answers that
#       are not among the entries, limit of participants
# Person: {name, token, answered_at, source_key, stamp, train}; kept with it: `order`
# and `answers`, {answer id: [last revision, order of arrival]}. A revision is never
# used twice, also not after an answer was emptied and written again.
# Entry: {id, question, text, consent, skip}; `skip` is the reason for no quiz, an
# entry with neither text nor skip removes the answer.
# Reply: {"gone"}, {"full"} or {"ok", changed, id, revision, id, revision, ...}
# Training rows that rest on these answers go where one changed, or where the person
# no longer lets them train the model.
SUBMIT = (
    FORGET_ROWS
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then
  return {'full'}
end
local person = cjson.decode(ARGV[2])
local before = stored and cjson.decode(stored) or {}
person.answers = before.answers or {}
person.order = before.order or redis.call('HINCRBY', KEYS[1], 'last_person', 1)
local changed, queued, listed = 0, {}, {}

local function drop(id)
  changed = changed + redis.call('HDEL', KEYS[3], id)
  redis.call('HDEL', KEYS[4], id)
  redis.call('HDEL', KEYS[5], id)
end

local function write(entry)
  local known = person.answers[entry.id]
    or {0, redis.call('HINCRBY', KEYS[1], 'last_answer', 1)}
  local revision = known[1] + 1
  person.answers[entry.id] = {revision, known[2]}
  local quiz = {status = 'queued', revision = revision}
  if entry.skip ~= '' then
    quiz.status, quiz.reason = 'skipped', entry.skip
  else
    queued[#queued + 1] = entry.id
    queued[#queued + 1] = revision
  end
  redis.call('HSET', KEYS[4], entry.id, cjson.encode(quiz))
  redis.call('HDEL', KEYS[5], entry.id)
  changed = changed + 1
end

for _, entry in ipairs(cjson.decode(ARGV[3])) do
  listed[entry.id] = true
  if entry.text == '' and entry.skip == '' then
    drop(entry.id)
  else
    local old = redis.call('HGET', KEYS[3], entry.id)
    old = old and cjson.decode(old) or {}
    redis.call('HSET', KEYS[3], entry.id, cjson.encode({
      participant = ARGV[1], question = entry.question,
      text = entry.text, consent = entry.consent}))
    local was_skipped = old.consent == 'none' or old.consent == 'distractor'
    if old.text ~= entry.text or was_skipped ~= (entry.skip ~= '') then
      write(entry)
    end
  end
end
if ARGV[4] == '1' then
  for id, _ in pairs(person.answers) do
    if not listed[id] then drop(id) end
  end
end
if changed > 0 or not person.train then forget_rows(ARGV[1]) end
redis.call('HSET', KEYS[2], ARGV[1], cjson.encode(person))
local expires = redis.call('HGET', KEYS[1], 'expires_at')
for n = 2, 5 do redis.call('EXPIREAT', KEYS[n], expires) end
local reply = {'ok', changed}
for n = 1, #queued do reply[n + 2] = queued[n] end
return reply
"""
)

# ARGV: participant id, "1" so that the row of a sheet or file stays away, too.
# Reply: how many answers went with the participant, or nil if there was none.
REMOVE = (
    FORGET_ROWS
    + """
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored then return nil end
local person, gone = cjson.decode(stored), 0
for id, _ in pairs(person.answers) do
  gone = gone + redis.call('HDEL', KEYS[3], id)
  redis.call('HDEL', KEYS[4], id)
  redis.call('HDEL', KEYS[5], id)
end
redis.call('HDEL', KEYS[2], ARGV[1])
forget_rows(ARGV[1])
if ARGV[2] == '1' and type(person.source_key) == 'string' then
  redis.call('HSET', KEYS[1], 'dismissed:' .. person.source_key, '1')
end
return gone
"""
)

# KEYS: quizzes, earlier quizzes. ARGV: answer id, revision, limit of second tries.
# For a job that ended and left its quiz unsettled. What the host did not want of an
# earlier quiz is told to the worker again.
# Reply: "again" (counted, may be queued once more), "failed" (now settled) or
# "other" (settled meanwhile, or of another revision).
UNSETTLED = """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 'other' end
local quiz = cjson.decode(stored)
local open = quiz.status == 'queued' or quiz.status == 'running'
if not open or quiz.revision ~= tonumber(ARGV[2]) then return 'other' end
local tries = (quiz.tries or 0) + 1
if tries > tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(
    {status = 'failed', revision = quiz.revision, reason = 'crashed'}))
  return 'failed'
end
local earlier = redis.call('HGET', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({
  status = 'queued', revision = quiz.revision, tries = tries,
  avoid = earlier and cjson.decode(earlier).avoid or nil}))
return 'again'
"""

# KEYS: meeting. ARGV: field, value, field, value, ...
# A meeting that is gone stays gone.
UPDATE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
"""
