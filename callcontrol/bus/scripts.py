"""What must happen in one step inside the engine. Lua, commands of Redis 6.2 only, all keys of one hash tag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    text: str
    sha: str


def _script(text: str) -> Script:
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


# KEYS: stream. ARGV: lines. -> positions
APPEND = _script("""
local positions = {}
for i = 1, #ARGV do
  positions[i] = redis.call('XADD', KEYS[1], '*', 'd', ARGV[i])
end
return positions
""")

# KEYS: term, journal. ARGV: term, lines. -> 1 written, 0 not the current term
APPEND_IN_TERM = _script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 2, #ARGV do
  redis.call('XADD', KEYS[2], '*', 'd', ARGV[i])
end
return 1
""")

# KEYS: lease, term. ARGV: name, lease in ms. -> term, or nil while another holds it.
# A term is never below the engine's clock (seconds since late 2023): an engine that lost its last second, or all
# it had, can't give the same term to two desks.
ELECT = _script("""
local held = redis.call('GET', KEYS[1])
if held then
  local space = string.find(held, ' ', 1, true)
  if string.sub(held, space + 1) ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(string.sub(held, 1, space - 1))
end
local clock = tonumber(redis.call('TIME')[1]) - 1700000000
local term = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, clock)
local text = string.format('%d', term)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], text .. ' ' .. ARGV[1], 'PX', ARGV[2])
return term
""")

# KEYS: lease. ARGV: name
RESIGN = _script("""
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local space = string.find(held, ' ', 1, true)
if string.sub(held, space + 1) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")

# KEYS: snapshot. ARGV: position, its two numbers, data. An older snapshot never replaces a newer one.
SAVE_SNAPSHOT = _script("""
local held = redis.call('HGET', KEYS[1], 'p')
if held then
  local dash = string.find(held, '-', 1, true)
  local ms = tonumber(string.sub(held, 1, dash - 1))
  local number = tonumber(string.sub(held, dash + 1))
  if ms > tonumber(ARGV[2]) or (ms == tonumber(ARGV[2]) and number > tonumber(ARGV[3])) then return 0 end
end
redis.call('HSET', KEYS[1], 'p', ARGV[1], 'd', ARGV[4])
return 1
""")

# KEYS: writer, journal, stories. ARGV: first number, time to live of the writer in ms, rebase (1 or 0),
# one letter per line (j or s), lines. -> highest number taken
TAKE = _script("""
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local first = tonumber(ARGV[1])
local count = #ARGV - 4
if last < first - 1 and ARGV[3] ~= '1' then return last end
for i = 1, count do
  if first + i - 1 > last then
    local stream = KEYS[2]
    if string.sub(ARGV[4], i, i) == 's' then stream = KEYS[3] end
    redis.call('XADD', stream, '*', 'd', ARGV[4 + i])
  end
end
local upto = first + count - 1
if upto > last then
  redis.call('SET', KEYS[1], string.format('%d', upto), 'PX', ARGV[2])
  return upto
end
return last
""")

# KEYS: names of one kind (hash: name -> "until info"). ARGV: name, time to live in ms, info. Forgets the dead.
ALIVE = _script("""
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + tonumber(ARGV[2])) .. ' ' .. ARGV[3])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(string.sub(all[i + 1], 1, string.find(all[i + 1], ' ', 1, true) - 1)) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return 1
""")

# KEYS: names of one kind. -> name, info, name, info ... of those whose time is not over
LIVING = _script("""
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local all = redis.call('HGETALL', KEYS[1])
local living = {}
for i = 1, #all, 2 do
  local space = string.find(all[i + 1], ' ', 1, true)
  if space and (tonumber(string.sub(all[i + 1], 1, space - 1)) or 0) > now then
    living[#living + 1] = all[i]
    living[#living + 1] = string.sub(all[i + 1], space + 1)
  end
end
return living
""")
