"""What a participant does to the quiz about them, as Redis scripts.

They begin like the host's (app/review_scripts.py). KEYS are the same; ARGV: answer id,
the revision that was seen, the participant's id, more where a script says so.
"""

from __future__ import annotations

from app.review_scripts import BEGIN, NOT_DROPPED
from app.rows.scripts import FORGET_ROWS

# What one person had made again is kept in `avoid`, about two texts each time.
MOST_AVOIDED = 8

# A training row made of a quiz that its person finds wrong or pulls goes with it.
_OWN = (
    FORGET_ROWS
    + BEGIN
    + """
if answer.participant ~= ARGV[3] then return {'gone'} end
local playable = (ready or held) and not withheld
"""
)

# "That is right about me."
CONFIRM = (
    _OWN
    + NOT_DROPPED
    + """
if not playable then return {'gone'} end
quiz.own = 'ok'
return keep(quiz)
"""
)

# ARGV[4]: the changed fields as JSON. Another of the four options is right: it counts
# at once, and the host is asked to look again.
CORRECT = (
    _OWN
    + NOT_DROPPED
    + """
if not playable then return {'gone'} end
for name, value in pairs(cjson.decode(ARGV[4])) do quiz[name] = value end
quiz.own, quiz.review, quiz.checks = 'fixed', nil, nil
forget_rows(ARGV[3])
return keep(renewed(quiz))
"""
)

# ARGV[4]: the changed fields as JSON. New words wait for the host, because nobody has
# looked through them. What was there before stays to be taken back.
PROPOSE = (
    _OWN
    + NOT_DROPPED
    + """
if not playable then return {'gone'} end
if quiz.reason ~= 'proposed' then
  quiz.by_own = true
  keep_as_earlier(quiz)
  quiz.by_own = nil
end
for name, value in pairs(cjson.decode(ARGV[4])) do quiz[name] = value end
quiz.status, quiz.reason = 'skipped', 'proposed'
forget_rows(ARGV[3])
quiz.own, quiz.review, quiz.checks = 'fixed', nil, nil
return keep(renewed(quiz))
"""
)

ANOTHER = (
    _OWN
    + NOT_DROPPED
    + f"""
if not playable then return {{'gone'}} end
if #(avoided() or {{}}) >= {MOST_AVOIDED} then return {{'enough'}} end
quiz.by_own = true
forget_rows(ARGV[3])
return made_again()
"""
)

# The quiz that was there before the person changed it or had it made again.
TAKE_BACK = (
    _OWN
    + NOT_DROPPED
    + """
if not earlier or not earlier.by_own then return {'gone'} end
earlier.by_own = nil
redis.call('HDEL', KEYS[5], id)
return keep(renewed(earlier))
"""
)

# ARGV[4]: 'named' or 'anonymous'. The quiz stays; only whose it is, is told or not.
SIGN = (
    _OWN
    + """
if withheld then return {'gone'} end
answer.consent = ARGV[4]
redis.call('HSET', KEYS[3], id, cjson.encode(answer))
return keep(quiz)
"""
)

# Out of the meeting at once, whatever anybody else does meanwhile. The host cannot
# bring it back; a job that is running writes in vain.
PULL = (
    _OWN
    + """
if quiz.pulled then return {'gone'} end
forget_rows(ARGV[3])
quiz.dropped_by_host = quiz.dropped
quiz.dropped, quiz.pulled = true, true
return keep(renewed(quiz))
"""
)

PUT_BACK = (
    _OWN
    + """
if not quiz.pulled then return {'gone'} end
quiz.pulled, quiz.dropped, quiz.dropped_by_host = nil, quiz.dropped_by_host, nil
if settled or quiz.dropped then return keep(quiz) end
return keep({status = 'queued', revision = quiz.revision, avoid = avoided()}, true)
"""
)

# Not of one person, so without their id. A quiz that borrowed a wrong option from an
# answer that is taken back is made anew; what a person has worded stays as it is.
MAKE_ANEW = (
    BEGIN
    + NOT_DROPPED
    + """
if withheld or not (ready or held) then return {'gone'} end
if quiz.review == 'edited' or quiz.own == 'fixed' then return {'gone'} end
redis.call('HDEL', KEYS[5], id)
return keep(renewed({status = 'queued', avoid = avoided()}), true)
"""
)
