"""
What happens in a Redis at once: scripts, of which every one can be run again when its reply was lost.

A task that has not ended stands in the hash `messages`: id -> the list that it waits in, a line feed, its envelope.
It is in one of three places: in the list, and in the sorted set `queued:LIST` by when it was put there; in the sorted
set `due`, by when it is to be put there; in the sorted set `running`, by until when it is held. The list is what
Celery's worker takes from, and may hold copies: what is in `messages` counts. The hash `task:ID` has state, error,
result, failures, deliveries and owner; `unique:KEY` the id that holds a key; the hash `dead` what has failed for good.
"""

from __future__ import annotations

__all__ = ["AGAIN", "BEGIN", "DROP", "END", "HELD", "OUTCOME", "RELEASE", "RENEW", "RETRY", "SEND", "SWEEP"]

#: ARGV[1]: what all keys begin with; ARGV[2]: an id
_HEAD = """
local p, id = ARGV[1], ARGV[2]
local messages, due, running = p .. 'messages', p .. 'due', p .. 'running'
local task = p .. 'task:' .. id
local moment = redis.call('TIME')
local now = tonumber(moment[1]) + tonumber(moment[2]) / 1000000
local function enqueue(one, kept)
    local cut = string.find(kept, '\\n', 1, true)
    local list = string.sub(kept, 1, cut - 1)
    redis.call('LPUSH', list, string.sub(kept, cut + 1))
    redis.call('ZADD', p .. 'queued:' .. list, string.format('%.6f', now), one)
end
local function unqueue(one, kept)
    redis.call('ZREM', p .. 'queued:' .. string.sub(kept, 1, string.find(kept, '\\n', 1, true) - 1), one)
end
local function is_owner(owner) return redis.call('HGET', task, 'owner') == owner end
"""

#: ARGV: what is kept, due, unique key or ''
SEND = (
    _HEAD
    + """
local kept, at, unique = ARGV[3], tonumber(ARGV[4]), ARGV[5]
if redis.call('HEXISTS', messages, id) == 1 or redis.call('EXISTS', task) == 1 then return id end
if unique ~= '' then
    local key = p .. 'unique:' .. unique
    local held = redis.call('GET', key)
    if held and (redis.call('HEXISTS', messages, held) == 1 or redis.call('PTTL', key) > 0) then return held end
    redis.call('SET', key, id)
end
redis.call('HSET', messages, id, kept)
if at > now then redis.call('ZADD', due, ARGV[4], id) else enqueue(id, kept) end
return id
"""
)

#: ARGV: owner, seconds to hold it
BEGIN = (
    _HEAD
    + """
local kept = redis.call('HGET', messages, id)
if not kept or redis.call('ZSCORE', due, id) then return false end
local held = redis.call('ZSCORE', running, id)
if held and tonumber(held) > now and not is_owner(ARGV[3]) then return false end
unqueue(id, kept)
redis.call('ZADD', running, string.format('%.6f', now + tonumber(ARGV[4])), id)
if not (held and is_owner(ARGV[3])) then redis.call('HINCRBY', task, 'deliveries', 1) end
redis.call('HSET', task, 'state', 'running', 'owner', ARGV[3])
return {redis.call('HGET', task, 'deliveries'), kept}
"""
)

#: ARGV: owner, seconds to hold it
RENEW = (
    _HEAD
    + """
if not is_owner(ARGV[3]) then return 0 end
redis.call('ZADD', running, 'XX', string.format('%.6f', now + tonumber(ARGV[4])), id)
return 1
"""
)

#: ARGV: owner
HELD = _HEAD + "if is_owner(ARGV[3]) then return redis.call('HGET', messages, id) end return false"

#: ARGV: owner, state, result, error, failures, milliseconds to keep it, unique key or '', milliseconds that it is held
#: on, what is kept of a task that has failed for good or ''
END = (
    _HEAD
    + """
local kept = redis.call('HGET', messages, id)
if not kept or (ARGV[4] ~= 'succeeded' and not is_owner(ARGV[3])) then return 0 end
unqueue(id, kept)
redis.call('HDEL', messages, id)
redis.call('ZREM', running, id)
redis.call('ZREM', due, id)
redis.call('DEL', task)
redis.call('HSET', task, 'state', ARGV[4], 'result', ARGV[5], 'error', ARGV[6], 'failures', ARGV[7])
redis.call('PEXPIRE', task, ARGV[8])
local unique = p .. 'unique:' .. ARGV[9]
if ARGV[9] ~= '' and redis.call('GET', unique) == id then
    if tonumber(ARGV[10]) > 0 then redis.call('SET', unique, id, 'PX', ARGV[10]) else redis.call('DEL', unique) end
end
if ARGV[11] ~= '' then redis.call('HSET', p .. 'dead', id, ARGV[11]) end
return 1
"""
)

#: ARGV: owner, what is kept, due, error, failures
AGAIN = (
    _HEAD
    + """
if not is_owner(ARGV[3]) or redis.call('HEXISTS', messages, id) == 0 then return 0 end
redis.call('HSET', messages, id, ARGV[4])
redis.call('ZREM', running, id)
redis.call('ZADD', due, ARGV[5], id)
redis.call('HDEL', task, 'owner', 'deliveries')
redis.call('HSET', task, 'state', 'waiting', 'error', ARGV[6], 'failures', ARGV[7])
return 1
"""
)

#: ARGV: owner, what is added to its deliveries. It is put where it is taken next: before all that are queued
RELEASE = (
    _HEAD
    + """
local kept = redis.call('HGET', messages, id)
if not kept or not is_owner(ARGV[3]) then return 0 end
redis.call('ZREM', running, id)
redis.call('HDEL', task, 'owner')
redis.call('HINCRBY', task, 'deliveries', ARGV[4])
redis.call('HSET', task, 'state', 'waiting')
local cut = string.find(kept, '\\n', 1, true)
local list = string.sub(kept, 1, cut - 1)
redis.call('RPUSH', list, string.sub(kept, cut + 1))
redis.call('ZADD', p .. 'queued:' .. list, 0, id)
return 1
"""
)

#: ARGV[2]: how many of each kind at most; ARGV[3]: seconds after which what nobody has taken is lost, or '' not to
#: look; ARGV[4...]: lists. A list is first in, first out: what was put there before the one that is taken next, and is
#: still queued, was taken by somebody who then died, or on a connection that broke. Some may be with a living worker
#: that has not begun them yet; what is delivered twice is begun once. (Lua's own way of writing a number has 14 digits,
#: and would round the moment up: many that became due together would be taken for lost, each time)
SWEEP = (
    _HEAD
    + """
local most, found = tonumber(ARGV[2]), 0
for _, one in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
    local kept = redis.call('HGET', messages, one)
    if kept then enqueue(one, kept) found = found + 1 end
    redis.call('ZREM', due, one)
end
for _, one in ipairs(redis.call('ZRANGEBYSCORE', running, '-inf', now, 'LIMIT', 0, most)) do
    local kept = redis.call('HGET', messages, one)
    if kept then
        enqueue(one, kept)
        redis.call('HDEL', p .. 'task:' .. one, 'owner')
        redis.call('HSET', p .. 'task:' .. one, 'state', 'waiting')
        found = found + 1
    end
    redis.call('ZREM', running, one)
end
for i = 4, (ARGV[3] ~= '') and #ARGV or 0 do
    local queued, before = p .. 'queued:' .. ARGV[i], now - tonumber(ARGV[3])
    local next_one = redis.call('LINDEX', ARGV[i], -1)
    if next_one then
        local score = redis.call('ZSCORE', queued, string.match(next_one, '"id": ?"(.-)"') or '')
        before = score and math.min(before, tonumber(score)) or -1
    end
    local behind = string.format('(%.6f', before)
    for _, one in ipairs(redis.call('ZRANGEBYSCORE', queued, '-inf', behind, 'LIMIT', 0, most)) do
        local kept = redis.call('HGET', messages, one)
        if kept then enqueue(one, kept) found = found + 1 else redis.call('ZREM', queued, one) end
    end
end
return found
"""
)

#: Gives state, result, error and failures
OUTCOME = (
    _HEAD
    + """
local told = redis.call('HMGET', task, 'state', 'result', 'error', 'failures')
if not told[1] then told[1] = redis.call('HEXISTS', messages, id) == 1 and 'waiting' or 'unknown' end
return told
"""
)

#: ARGV: what is kept, unique key or ''
RETRY = (
    _HEAD
    + """
if redis.call('HDEL', p .. 'dead', id) == 0 then return 0 end
redis.call('DEL', task)
redis.call('HSET', messages, id, ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', p .. 'unique:' .. ARGV[4], id, 'NX') end
enqueue(id, ARGV[3])
return 1
"""
)

DROP = _HEAD + "return redis.call('HDEL', p .. 'dead', id)"
