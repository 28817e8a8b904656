"""What a host does to one quiz, as Redis scripts: at once or not at all.

Each acts only on the revision that the host saw, so a quiz that was edited, made
again or answered anew in another window is never overwritten unseen.
"""

from __future__ import annotations

# KEYS: those of app/scripts.py
# ARGV: answer id, the revision that was seen ("" for any), more where a script says so
# Reply: {"gone"}, {"changed"}, {"enough"} (made again too often) or
#        {"ok", revision, "1" if a job must be queued}
BEGIN = """
local id = ARGV[1]
local stored = redis.call('HGET', KEYS[4], id)
local said = redis.call('HGET', KEYS[3], id)
if not stored or not said then return {'gone'} end
local quiz, answer = cjson.decode(stored), cjson.decode(said)
if ARGV[2] ~= '' and quiz.revision ~= tonumber(ARGV[2]) then return {'changed'} end
local withheld = answer.consent == 'none' or answer.consent == 'distractor'
local ready = quiz.status == 'ready'
local settled = ready or quiz.status == 'skipped' or quiz.status == 'failed'
local held = quiz.status == 'skipped'
  and (quiz.reason == 'sensitive' or quiz.reason == 'proposed')
  and type(quiz.options) == 'table' and #quiz.options == 4
-- What was held back once stays known as such when the host shows or edits it.
if held and quiz.reason == 'sensitive' then quiz.sensitive = true end
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

local function keep_as_earlier(record)
  redis.call('HSET', KEYS[5], id, cjson.encode(record))
  redis.call('EXPIREAT', KEYS[5], redis.call('HGET', KEYS[1], 'expires_at'))
end

-- Another quiz about the same answer; the worker reads `avoid`.
local function made_again()
  local avoid, seen = {}, {}
  local function add(text)
    if text and not seen[text] then avoid[#avoid + 1], seen[text] = text, true end
  end
  for _, text in ipairs(avoided() or {}) do add(text) end
  add(quiz.question)
  add(quiz.options[quiz.answer])
  quiz.avoid = avoid
  keep_as_earlier(quiz)
  return keep(renewed({status = 'queued', avoid = avoid}), true)
end
"""

NOT_DROPPED = "if quiz.dropped then return {'gone'} end\n"

# The host has read it and finds it good.
APPROVE = (
    BEGIN
    + NOT_DROPPED
    + """
if not ready then return {'gone'} end
quiz.review = quiz.review or 'approved'
return keep(quiz)
"""
)

# ARGV[3]: {question, options, answer, sources, evidence} as JSON.
# The checks were of the model's words, so they go.
EDIT = (
    BEGIN
    + NOT_DROPPED
    + """
if not ready and not held then return {'gone'} end
for name, value in pairs(cjson.decode(ARGV[3])) do quiz[name] = value end
quiz.status, quiz.reason, quiz.review, quiz.checks = 'ready', nil, 'edited', nil
quiz.own = nil
return keep(renewed(quiz))
"""
)

# A quiz held back is shown like any other. The words of a person that the host lets
# through are the words the host has read.
SHOW = (
    BEGIN
    + NOT_DROPPED
    + """
if not held then return {'gone'} end
if quiz.reason == 'proposed' then quiz.review = 'approved' end
quiz.status, quiz.reason = 'ready', nil
return keep(quiz)
"""
)

# Make another, not the same again.
REGENERATE = (
    BEGIN
    + NOT_DROPPED
    + """
if withheld or not (ready or held) then return {'gone'} end
return made_again()
"""
)

# The quiz that was there before, instead of what has become of the new one.
EARLIER = (
    BEGIN
    + NOT_DROPPED
    + """
if not earlier then return {'gone'} end
redis.call('HDEL', KEYS[5], id)
return keep(renewed(earlier))
"""
)

# Try again what failed or was skipped.
RETRY = (
    BEGIN
    + NOT_DROPPED
    + """
if withheld or ready or held or not settled then return {'gone'} end
return keep(renewed({status = 'queued', avoid = avoided()}), true)
"""
)

# Out of the meeting, but not forgotten. The new revision stops a running job.
DROP = (
    BEGIN
    + NOT_DROPPED
    + """
quiz.dropped = true
return keep(renewed(quiz))
"""
)

# Not what the person it is about has pulled: see app/preview_scripts.py.
RESTORE = (
    BEGIN
    + """
if not quiz.dropped or quiz.pulled then return {'gone'} end
quiz.dropped = nil
if settled then return keep(quiz) end
return keep({status = 'queued', revision = quiz.revision, avoid = avoided()}, true)
"""
)
