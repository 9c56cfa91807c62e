//! The scripts that run on the server.
//!
//! They never use `redis.call`. Its errors are wrapped in an error of the script (in Redis 6.2 as
//! `ERR Error running script (call to f_…)`) and could not be distinguished.

/// Adds the function `refusal` to a script. It returns an error in the form that the server uses
/// outside of scripts, and `nil` for any other response. Inside of scripts, Redis 6.2 adds the
/// position to some errors, and neither Redis nor Valkey uses `NOPERM` for a missing permission.
macro_rules! script {
    ($body:literal) => {
        concat!(
            "\
local function refusal(answer)
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

/// Adds to a counter. An existing counter keeps its time to live. A new one gets the given time to
/// live.
///
/// Sums are returned as strings, because Lua's numbers are exact only up to 53 bits.
pub(crate) const ADD: &str = script!(
    "\
local there = redis.pcall('EXISTS', KEYS[1])
local done = there
if there == 1 then
  done = redis.pcall('INCRBY', KEYS[1], ARGV[1])
elseif there == 0 and ARGV[2] ~= '0' then
  done = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local refused = refusal(done)
if refused then return refused end
if there == 1 then
  local sum = redis.pcall('GET', KEYS[1])
  return refusal(sum) or sum
end
return ARGV[1]"
);

/// Adds 1 to every counter, or to none if one of them is at its limit. The arguments are the time
/// to live of new counters, and one limit for each key. Returns the new values, or the position of
/// a full counter.
///
/// All counters are read before the first write. Redis runs no other command during a script.
pub(crate) const RESERVE: &str = script!(
    "\
local there = {}
for n, key in ipairs(KEYS) do
  there[n] = redis.pcall('GET', key)
  local refused = refusal(there[n])
  if refused then return refused end
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
  local refused = refusal(done)
  if refused then return refused end
  sums[n] = there[n] and done or 1
end
return sums"
);

/// Subtracts from an existing counter, not below 0, without changing its time to live.
pub(crate) const SUBTRACT: &str = script!(
    "\
local there = redis.pcall('GET', KEYS[1])
local refused = refusal(there)
if refused then return refused end
if not there then return '0' end
local number = tonumber(there)
local amount = ARGV[1]
if number and (number <= 0 or amount == '0') then return there end
if number and number < tonumber(amount) then amount = there end
refused = refusal(redis.pcall('INCRBY', KEYS[1], '-' .. amount))
if refused then return refused end
local left = redis.pcall('GET', KEYS[1])
return refusal(left) or left"
);

/// Writes entries and returns their ids. Removes entries older than the lifetime of an entry, by
/// the server's clock: an instance with a wrong clock must not remove entries that others need. If
/// only some entries can be written, returns the ids of those.
pub(crate) const APPEND: &str = script!(
    "\
local now = redis.pcall('TIME')
local refused = refusal(now)
if refused then return refused end
local oldest = string.format('%.0f', (now[1] - ARGV[1]) * 1000)
local ids = {}
for n = 2, #ARGV, 5 do
  local id = redis.pcall('XADD', KEYS[1], 'MINID', '~', oldest, '*', 'k', ARGV[n], 'i', ARGV[n + 1], 'e', ARGV[n + 2], 's', ARGV[n + 3], 'n', ARGV[n + 4])
  refused = refusal(id)
  if refused and #ids == 0 then return refused end
  if refused then return ids end
  ids[#ids + 1] = id
end
return ids"
);

/// Removes expired entries, and returns whether the server may evict entries.
///
/// It is a write, so a replica rejects it: the feed must not read from a replica. A primary that
/// rejects writes because it cannot save is accepted, because there is no other server to write to.
pub(crate) const PREPARE: &str = script!(
    "\
local now = redis.pcall('TIME')
local refused = refusal(now)
if refused then return refused end
local oldest = string.format('%.0f', (now[1] - ARGV[1]) * 1000)
refused = refusal(redis.pcall('XTRIM', KEYS[1], 'MINID', '~', oldest))
if refused and not string.find(refused.err, 'MISCONF', 1, true) then return refused end
local said = redis.pcall('INFO', 'memory')
return refusal(said) or string.match(said, 'maxmemory_policy:([%w-]+)')"
);

/// Returns the number of entries with this id, and the current second by the server's clock. It
/// removes nothing, but is a write like [`PREPARE`]: a primary that became a replica rejects it.
pub(crate) const LOOK: &str = script!(
    "\
local refused = refusal(redis.pcall('XTRIM', KEYS[1], 'MINID', '~', '0'))
if refused and not string.find(refused.err, 'MISCONF', 1, true) then return refused end
local now = redis.pcall('TIME')
refused = refusal(now)
if refused then return refused end
local found = redis.pcall('XRANGE', KEYS[1], ARGV[1], ARGV[1])
return refusal(found) or {#found, tonumber(now[1])}"
);

/// Returns the number of entries with this id. It also writes, so that a following `WAIT` includes
/// all earlier writes of any connection.
pub(crate) const MARK: &str = script!(
    "\
local found = redis.pcall('XRANGE', KEYS[1], ARGV[1], ARGV[1])
return refusal(found) or refusal(redis.pcall('SET', KEYS[2], ARGV[1], 'PX', 60000)) or #found"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_script_lets_the_server_wrap_its_errors() {
        for script in [ADD, RESERVE, SUBTRACT, APPEND, PREPARE, LOOK, MARK] {
            assert!(!script.contains("redis.call("), "{script}");
            assert!(script.contains("return refus"), "{script}");
        }
    }
}
