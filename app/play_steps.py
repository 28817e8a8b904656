"""The host's steps through a game, as Redis scripts; see `play_scripts`."""

from __future__ import annotations

from app.play_scripts import BEGIN

# ARGV: switches as JSON, then id and JSON of each card.
# Reply: {"ok"} or {"changed"} if a game has begun.
START = (
    BEGIN
    + """
if game('phase') ~= '' then return {'changed'} end
for n = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[3], 'card:' .. ARGV[n], ARGV[n + 1],
    'state:' .. ARGV[n], 'waiting')
end
return noticed('phase', 'ready', 'card', '', 'number', 0, 'switches', ARGV[1],
  'started_at', now, 'paused_at', '')
"""
)


# ARGV: id and JSON of each card. Cards that are there already stay as they are.
ADD = (
    BEGIN
    + """
if game('phase') == '' then return {'changed'} end
for n = 1, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[3], 'state:' .. ARGV[n], 'waiting') == 1 then
    redis.call('HSET', KEYS[3], 'card:' .. ARGV[n], ARGV[n + 1])
  end
end
return noticed('total', (tonumber(game('total')) or 0) + #ARGV / 2)
"""
)


# ARGV: at, id and JSON of the card, how many cards there are, seconds or 0.
# A card that was open and never revealed counts as skipped.
OPEN = (
    BEGIN
    + """
if at() ~= ARGV[1] then return {'changed'} end
if game('phase') == 'asking' then
  redis.call('HSET', KEYS[3], 'state:' .. game('card'), 'skipped')
end
redis.call('HSET', KEYS[3], 'card:' .. ARGV[2], ARGV[3], 'state:' .. ARGV[2], 'open')
local limit = tonumber(ARGV[5])
return noticed('phase', 'asking', 'card', ARGV[2], 'number', game('number') + 1,
  'total', ARGV[4], 'opened_at', now, 'paused_at', '',
  'closes_at', limit > 0 and now + limit * 1000 or '')
"""
)


# ARGV: at.
REVEAL = (
    BEGIN
    + """
if at() ~= ARGV[1] or game('phase') ~= 'asking' then return {'changed'} end
redis.call('HSET', KEYS[3], 'state:' .. game('card'), 'played')
return noticed('phase', 'revealed', 'paused_at', '', 'closes_at', '')
"""
)


# ARGV: at. A card that was open and never revealed counts as skipped.
END = (
    BEGIN
    + """
if at() ~= ARGV[1] or game('phase') == '' then return {'changed'} end
if game('phase') == 'asking' then
  redis.call('HSET', KEYS[3], 'state:' .. game('card'), 'skipped')
end
return noticed('phase', 'ended', 'card', '', 'ended_at', now, 'paused_at', '')
"""
)


# ARGV: at. Rests, or goes on with the clocks where they were.
PAUSE = (
    BEGIN
    + """
if at() ~= ARGV[1] or game('phase') ~= 'asking' then return {'changed'} end
local since = game('paused_at')
if since == '' then return noticed('paused_at', now) end
local rested = now - tonumber(since)
local closes = game('closes_at')
return noticed('paused_at', '', 'opened_at', game('opened_at') + rested,
  'closes_at', closes ~= '' and tonumber(closes) + rested or '')
"""
)


# ARGV: switches as JSON.
SWITCH = (
    BEGIN
    + """
if game('phase') == '' then return {'changed'} end
return noticed('switches', ARGV[1])
"""
)


# Back to the lobby; players stay, votes and rounds go.
AGAIN = (
    BEGIN
    + """
for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
  if string.sub(field, 1, 5) == 'card:' then
    redis.call('DEL', votes(string.sub(field, 6)))
  end
end
redis.call('DEL', KEYS[3])
redis.call('HDEL', KEYS[2], 'phase', 'card', 'number', 'total', 'switches',
  'started_at', 'ended_at', 'opened_at', 'closes_at', 'paused_at')
return noticed()
"""
)
