"""What a host does to one quiz, as Redis scripts: at once or not at all.

Each acts only on the revision that the host saw, so a quiz that was edited, made
again or answered anew in another window is never overwritten unseen.
"""

from __future__ import annotations

# KEYS: meeting, participants, answers, quizzes, earlier quizzes
# ARGV: answer id, the revision the host saw, more where a script says so
# Reply: {"gone"}, {"changed"} or {"ok", revision, "1" if a job must be queued}
_BEGIN = """
local id = ARGV[1]
local stored = redis.call('HGET', KEYS[4], id)
local said = redis.call('HGET', KEYS[3], id)
if not stored or not said then return {'gone'} end
local quiz, answer = cjson.decode(stored), cjson.decode(said)
if quiz.revision ~= tonumber(ARGV[2]) then return {'changed'} end
local withheld = answer.consent == 'none' or answer.consent == 'distractor'
local ready = quiz.status == 'ready'
local settled = ready or quiz.status == 'skipped' or quiz.status == 'failed'
local held = quiz.status == 'skipped' and quiz.reason == 'sensitive'
  and type(quiz.options) == 'table' and #quiz.options == 4
local earlier = redis.call('HGET', KEYS[5], id)
earlier = earlier and cjson.decode(earlier) or nil

-- The next revision, which is never used twice: see SUBMIT.
local function renewed(record)
  local person = cjson.decode(redis.call('HGET', KEYS[2], answer.participant))
  local known = person.answers[id]
  known[1] = known[1] + 1
  redis.call('HSET', KEYS[2], answer.participant, cjson.encode(person))
  record.revision = known[1]
  return record
end

local function keep(record, queue)
  redis.call('HSET', KEYS[4], id, cjson.encode(record))
  return {'ok', record.revision, queue and '1' or ''}
end

local function avoided()
  local list = quiz.avoid or (earlier and earlier.avoid) or nil
  return type(list) == 'table' and list or nil
end
"""

_NOT_DROPPED = "if quiz.dropped then return {'gone'} end\n"

# The host has read it and finds it good.
APPROVE = (
    _BEGIN
    + _NOT_DROPPED
    + """
if not ready then return {'gone'} end
quiz.review = quiz.review or 'approved'
return keep(quiz)
"""
)

# ARGV[3]: {question, options, answer, sources, evidence} as JSON.
# The checks were of the model's words, so they go.
EDIT = (
    _BEGIN
    + _NOT_DROPPED
    + """
if not ready and not held then return {'gone'} end
for name, value in pairs(cjson.decode(ARGV[3])) do quiz[name] = value end
quiz.status, quiz.reason, quiz.review, quiz.checks = 'ready', nil, 'edited', nil
return keep(renewed(quiz))
"""
)

# A quiz held back as sensitive is shown like any other.
SHOW = (
    _BEGIN
    + _NOT_DROPPED
    + """
if not held then return {'gone'} end
quiz.status, quiz.reason = 'ready', nil
return keep(quiz)
"""
)

# Make another, not the same again: the worker reads `avoid`.
REGENERATE = (
    _BEGIN
    + _NOT_DROPPED
    + """
if withheld or not (ready or held) then return {'gone'} end
local avoid, seen = {}, {}
local function add(text)
  if text and not seen[text] then avoid[#avoid + 1], seen[text] = text, true end
end
for _, text in ipairs(avoided() or {}) do add(text) end
add(quiz.question)
add(quiz.options[quiz.answer])
quiz.avoid = avoid
redis.call('HSET', KEYS[5], id, cjson.encode(quiz))
redis.call('EXPIREAT', KEYS[5], redis.call('HGET', KEYS[1], 'expires_at'))
return keep(renewed({status = 'queued', avoid = avoid}), true)
"""
)

# The quiz that was there before, instead of what has become of the new one.
EARLIER = (
    _BEGIN
    + _NOT_DROPPED
    + """
if not earlier then return {'gone'} end
redis.call('HDEL', KEYS[5], id)
return keep(renewed(earlier))
"""
)

# Try again what failed or was skipped.
RETRY = (
    _BEGIN
    + _NOT_DROPPED
    + """
if withheld or ready or held or not settled then return {'gone'} end
return keep(renewed({status = 'queued', avoid = avoided()}), true)
"""
)

# Out of the meeting, but not forgotten. The new revision stops a running job.
DROP = (
    _BEGIN
    + _NOT_DROPPED
    + """
quiz.dropped = true
return keep(renewed(quiz))
"""
)

RESTORE = (
    _BEGIN
    + """
if not quiz.dropped then return {'gone'} end
quiz.dropped = nil
if settled then return keep(quiz) end
return keep({status = 'queued', revision = quiz.revision, avoid = avoided()}, true)
"""
)
