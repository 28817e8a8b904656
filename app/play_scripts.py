"""What must happen at once or not at all in a game, as Redis scripts.

Here is what looks at a game and what phones do; the host's steps are `play_steps`.

A vote can never slip in after the reveal, two presses of one button are one step, and
a card whose answer was taken back is gone for everybody at the same moment.
"""

from __future__ import annotations

# KEYS of all scripts: meeting, game, rounds, players, quizzes, answers.
# The votes of a round lie beside them: `Keys.votes`.
# Reply: {"gone"} if there is no such meeting, else as the script says.
BEGIN = """
local expires = redis.call('HGET', KEYS[1], 'expires_at')
if not expires then return {'gone'} end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function game(name) return redis.call('HGET', KEYS[2], name) or '' end

local function votes(card) return KEYS[1] .. ':votes:' .. card end

-- Where the game is; a button says where its page was when it was pressed.
local function at() return game('phase') .. ':' .. game('card') end

local function noticed(...)
  if select('#', ...) > 0 then redis.call('HSET', KEYS[2], ...) end
  redis.call('HINCRBY', KEYS[2], 'version', 1)
  for n = 2, 4 do redis.call('EXPIREAT', KEYS[n], expires) end
  return {'ok'}
end

local function card_of(id)
  local stored = redis.call('HGET', KEYS[3], 'card:' .. id)
  return stored and cjson.decode(stored)
end

-- May this card still be shown? Its answers are there, unchanged, and allowed.
local function stands(card)
  for n, id in ipairs(card.quizzes) do
    local quiz = redis.call('HGET', KEYS[5], id)
    local answer = redis.call('HGET', KEYS[6], id)
    if not quiz or not answer then return false end
    quiz, answer = cjson.decode(quiz), cjson.decode(answer)
    local named = answer.consent == 'named'
    if quiz.dropped or redis.sha1hex(answer.text) ~= card.marks[n] then return false end
    if not named and (#card.people > 0 or answer.consent ~= 'anonymous') then
      return false
    end
  end
  return true
end

local function is_about(card, person)
  for _, id in ipairs(card.people) do if id == person then return true end end
  return false
end
"""

# ARGV: player id or "". Reads only, and is all that a poll costs.
# Reply: join code, now, the game's hash, the card on the screen as JSON, "1" if it
#   stands (after the end: how many played cards do), its votes, the choice of this
#   player, this player as JSON, how many players, the stories of the card.
LOOK = (
    BEGIN
    + """
local id = game('card')
local stored = redis.call('HGET', KEYS[3], 'card:' .. id)
local standing, voters, choice, stories = 0, 0, '', {}
if stored then
  local card = cjson.decode(stored)
  standing = stands(card) and 1 or 0
  voters = redis.call('HLEN', votes(id))
  choice = redis.call('HGET', votes(id), ARGV[1]) or ''
  for _, person in ipairs(card.people) do
    stories[#stories + 1] = redis.call('HGET', KEYS[3], 'story:' .. id .. ':' .. person)
      or ''
  end
end
if game('phase') == 'ended' then
  standing = 0
  local fields = redis.call('HGETALL', KEYS[3])
  for n = 1, #fields, 2 do
    if string.sub(fields[n], 1, 5) == 'card:'
      and redis.call('HGET', KEYS[3], 'state:' .. string.sub(fields[n], 6)) == 'played'
      and stands(cjson.decode(fields[n + 1])) then standing = standing + 1 end
  end
end
return {
  redis.call('HGET', KEYS[1], 'join_code'), now, redis.call('HGETALL', KEYS[2]),
  stored or '', standing, voters, choice,
  redis.call('HGET', KEYS[4], ARGV[1]) or '', redis.call('HLEN', KEYS[4]), stories}
"""
)


# Reads the whole game.
# Reply: a list a card: id, card as JSON, state, "1" if it stands, its votes as a flat
#   hash, its stories as person, story, person, story ...
ROUNDS = (
    BEGIN
    + """
local found = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
  if string.sub(field, 1, 5) == 'card:' then
    local id, stories = string.sub(field, 6), {}
    local stored = redis.call('HGET', KEYS[3], field)
    local card = cjson.decode(stored)
    for _, person in ipairs(card.people) do
      local story = redis.call('HGET', KEYS[3], 'story:' .. id .. ':' .. person)
      if story then
        stories[#stories + 1] = person
        stories[#stories + 1] = story
      end
    end
    found[#found + 1] = {
      id, stored, redis.call('HGET', KEYS[3], 'state:' .. id), stands(card) and 1 or 0,
      redis.call('HGETALL', votes(id)), stories}
  end
end
return found
"""
)


# ARGV: player id, name, folded name, who they are, "1" if that is a participant,
#       limit of players
# Reply: {"ok"}, {"full"}, {"taken"} (the name) or {"claimed"} (the participant).
JOIN = (
    BEGIN
    + """
local known = redis.call('HGET', KEYS[4], ARGV[1])
if not known and redis.call('HLEN', KEYS[4]) >= tonumber(ARGV[6]) then
  return {'full'}
end
local players = redis.call('HGETALL', KEYS[4])
for n = 1, #players, 2 do
  if players[n] ~= ARGV[1] then
    local other = cjson.decode(players[n + 1])
    if other.person == ARGV[4] then
      if ARGV[1] ~= ARGV[4] then return {'claimed'} end
      -- The phone that answered is here: who said so before is a guest from now on.
      other.person = players[n]
      redis.call('HSET', KEYS[4], players[n], cjson.encode(other))
    end
    -- Two who answered under one name are both welcome.
    if other.key == ARGV[3] and ARGV[5] ~= '1' then return {'taken'} end
  end
end
local before = known and cjson.decode(known) or {}
if before.name == ARGV[2] and before.person == ARGV[4] then return {'ok'} end
redis.call('HSET', KEYS[4], ARGV[1], cjson.encode({
  name = ARGV[2], key = ARGV[3], person = ARGV[4],
  order = before.order or redis.call('HINCRBY', KEYS[2], 'last_player', 1),
  joined_at = before.joined_at or math.floor(now / 1000)}))
return noticed()
"""
)


# ARGV: player id. Their votes go with them.
FORGET = (
    BEGIN
    + """
local cards = redis.call('HKEYS', KEYS[3])
for _, field in ipairs(cards) do
  if string.sub(field, 1, 5) == 'card:' then
    redis.call('HDEL', votes(string.sub(field, 6)), ARGV[1])
  end
end
if redis.call('HDEL', KEYS[4], ARGV[1]) == 1 then return noticed() end
return {'ok'}
"""
)


# ARGV: player id, card id, choice, grace in milliseconds, "1" if names come first.
# One vote a player and round: a second one replaces the first until the reveal.
# Reply: {"ok"}, {"stranger"}, {"closed"}, {"paused"} or {"about"}, to a player who
# is openly the one asked about.
VOTE = (
    BEGIN
    + """
local player = redis.call('HGET', KEYS[4], ARGV[1])
if not player then return {'stranger'} end
if game('phase') ~= 'asking' or game('card') ~= ARGV[2] then return {'closed'} end
if game('paused_at') ~= '' then return {'paused'} end
local closes = game('closes_at')
if closes ~= '' and now > closes + ARGV[4] then return {'closed'} end
local card = card_of(ARGV[2])
if not card or not stands(card) then return {'closed'} end
local about = is_about(card, cjson.decode(player).person)
if about and ARGV[5] == '1' and card.kind == 'said' then return {'about'} end
local before = redis.call('HGET', votes(ARGV[2]), ARGV[1])
local choice = tonumber(ARGV[3])
if before and cjson.decode(before).choice == choice then return {'ok'} end
redis.call('HSET', votes(ARGV[2]), ARGV[1], cjson.encode(
  {choice = choice, ms = now - game('opened_at'), about = about}))
redis.call('EXPIREAT', votes(ARGV[2]), expires)
return noticed()
"""
)


# ARGV: player id, card id, "tell" or "pass".
# Reply: {"ok"} or {"closed"} unless the card is shown now and about this player.
STORY = (
    BEGIN
    + """
local player = redis.call('HGET', KEYS[4], ARGV[1])
local card = card_of(ARGV[2])
if not player or not card or game('phase') ~= 'revealed' or game('card') ~= ARGV[2] then
  return {'closed'}
end
local person = cjson.decode(player).person
if not is_about(card, person) or not stands(card) then return {'closed'} end
redis.call('HSET', KEYS[3], 'story:' .. ARGV[2] .. ':' .. person, ARGV[3])
return noticed()
"""
)
