//! The Lua scripts that run on the Redis server.
//!
//! The scripts use `redis.pcall` and never `redis.call`. The Redis server replaces an error of
//! `redis.call` with an error of the script (in Redis 6.2 `ERR Error running script (call to
//! f_…)`), so the kinds of errors could not be distinguished.

/// Defines a script that starts with the Lua function `rejection`. The script calls this function
/// with the response of each command. If the response is an error, the function returns the error
/// as the Redis server would return it outside of a script. Otherwise it returns `nil`.
///
/// The function is needed because errors within scripts differ from other errors: Redis 6.2 adds
/// the position in the script to some errors, and neither Redis nor Valkey uses `NOPERM` for a
/// missing permission.
macro_rules! script {
    ($body:literal) => {
        concat!(
            "\
local function rejection(answer)
  local said = type(answer) == 'table' and answer.err
  if not said then return nil end
  local theirs = string.find(said, 'The user executing the script', 1, true)
  if theirs or string.find(said, 'ACL failure in script', 1, true) then
    return redis.error_reply('NOPERM this is not permitted')
  end
  return redis.error_reply(string.match(said, '^@user_script: %d+: %-(.*)$') or said)
end
",
            $body
        )
    };
}

/// Adds a number to a counter, and returns the sum. The arguments are the number and the time to
/// live of a new counter in milliseconds. An existing counter keeps its time to live. If the time
/// to live is 0, a new counter is not created.
///
/// The sum is returned as a string, because a number in Lua is exact only up to 53 bits.
pub(crate) const ADD: &str = script!(
    "\
local there = redis.pcall('EXISTS', KEYS[1])
local done = there
if there == 1 then
  done = redis.pcall('INCRBY', KEYS[1], ARGV[1])
elseif there == 0 and ARGV[2] ~= '0' then
  done = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local rejected = rejection(done)
if rejected then return rejected end
if there == 1 then
  local sum = redis.pcall('GET', KEYS[1])
  return rejection(sum) or sum
end
return ARGV[1]"
);

/// Adds 1 to every counter, or to none if one of them is at its limit. The arguments are the time
/// to live of new counters in milliseconds, and one limit for each key. Returns the new values, or
/// the position (from 1) of the first counter that is at its limit.
///
/// All counters are read before the first write. Redis executes no other command during a script.
pub(crate) const RESERVE: &str = script!(
    "\
local there = {}
for n, key in ipairs(KEYS) do
  there[n] = redis.pcall('GET', key)
  local rejected = rejection(there[n])
  if rejected then return rejected end
  local number = there[n] and tonumber(there[n])
  if there[n] and not number then return there[n] end
  if (number or 0) >= tonumber(ARGV[n + 1]) then return n end
end
local sums = {}
for n, key in ipairs(KEYS) do
  local done
  if there[n] then
    done = redis.pcall('INCRBY', key, 1)
  else
    done = redis.pcall('SET', key, 1, 'PX', ARGV[1])
  end
  local rejected = rejection(done)
  if rejected then return rejected end
  sums[n] = there[n] and done or 1
end
return sums"
);

/// A Redis script that subtracts a number from an existing counter, but not below 0. It returns the
/// new value as a string. The counter keeps its time to live.
pub(crate) const SUBTRACT: &str = script!(
    "\
local there = redis.pcall('GET', KEYS[1])
local rejected = rejection(there)
if rejected then return rejected end
if not there then return '0' end
local number = tonumber(there)
local amount = ARGV[1]
if number and (number <= 0 or amount == '0') then return there end
if number and number < tonumber(amount) then amount = there end
rejected = rejection(redis.pcall('INCRBY', KEYS[1], '-' .. amount))
if rejected then return rejected end
local left = redis.pcall('GET', KEYS[1])
return rejection(left) or left"
);

/// Appends entries to the stream, and returns their ids. If an entry cannot be written, stops and
/// returns the ids of the entries that were written. If the first entry cannot be written, returns
/// the error.
///
/// The script also removes old entries from the stream. `ARGV[1]` is the minimum age of a removed
/// entry, in seconds. The age is measured with the clock of the Redis server, so an instance with a
/// wrong clock does not remove entries that other instances need.
pub(crate) const APPEND: &str = script!(
    "\
local now = redis.pcall('TIME')
local rejected = rejection(now)
if rejected then return rejected end
local oldest = string.format('%.0f', (now[1] - ARGV[1]) * 1000)
local ids = {}
for n = 2, #ARGV, 5 do
  local id = redis.pcall('XADD', KEYS[1], 'MINID', '~', oldest, '*', 'k', ARGV[n], 'i', ARGV[n + 1], 'e', ARGV[n + 2], 's', ARGV[n + 3], 'n', ARGV[n + 4])
  rejected = rejection(id)
  if rejected and #ids == 0 then return rejected end
  if rejected then return ids end
  ids[#ids + 1] = id
end
return ids"
);

/// Removes expired entries, and returns the `maxmemory-policy` of the Redis server.
///
/// The script contains a write, and therefore fails on a replica. This is intended: the entries
/// must not be read from a replica. A primary that rejects writes because it cannot save its data
/// (`MISCONF`) is accepted, because the entries can still be read.
pub(crate) const PREPARE: &str = script!(
    "\
local now = redis.pcall('TIME')
local rejected = rejection(now)
if rejected then return rejected end
local oldest = string.format('%.0f', (now[1] - ARGV[1]) * 1000)
rejected = rejection(redis.pcall('XTRIM', KEYS[1], 'MINID', '~', oldest))
if rejected and not string.find(rejected.err, 'MISCONF', 1, true) then return rejected end
local said = redis.pcall('INFO', 'memory')
return rejection(said) or string.match(said, 'maxmemory_policy:([%w-]+)')"
);

/// Returns 1 if the stream has the entry with the id `ARGV[1]`, otherwise 0. Also returns the time
/// of the Redis server in seconds since 1970-01-01T00:00:00Z. Like [`PREPARE`], the script fails on
/// a replica, because it contains a write. The write removes nothing.
pub(crate) const LOOK: &str = script!(
    "\
local rejected = rejection(redis.pcall('XTRIM', KEYS[1], 'MINID', '~', '0'))
if rejected and not string.find(rejected.err, 'MISCONF', 1, true) then return rejected end
local now = redis.pcall('TIME')
rejected = rejection(now)
if rejected then return rejected end
local found = redis.pcall('XRANGE', KEYS[1], ARGV[1], ARGV[1])
return rejection(found) or {#found, tonumber(now[1])}"
);

/// Returns 1 if the stream has the entry with the id `ARGV[1]`, otherwise 0. Also writes a key that
/// expires after one minute.
///
/// The key is for the `WAIT` that the same connection sends next. `WAIT` waits until replicas have
/// the last write of its own connection, which is this key. A replica that has the key also has all
/// earlier writes, and therefore the entry, even if another connection wrote the entry.
pub(crate) const MARK: &str = script!(
    "\
local found = redis.pcall('XRANGE', KEYS[1], ARGV[1], ARGV[1])
return rejection(found) or rejection(redis.pcall('SET', KEYS[2], ARGV[1], 'PX', 60000)) or #found"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_script_lets_the_server_wrap_its_errors() {
        for script in [ADD, RESERVE, SUBTRACT, APPEND, PREPARE, LOOK, MARK] {
            assert!(!script.contains("redis.call("), "{script}");
            assert!(script.contains("return reject"), "{script}");
        }
    }
}
