// The texts in Lua. `look` reads the envelope (its layout is in envelope.hpp): the version, whether the entry is alive,
// whether the bytes are an envelope at all. A full server accepts a script that deletes before it sets.
#include "scripts.hpp"

#include <openssl/evp.h>

namespace aurelis::redis {

namespace {

constexpr const char* kLook = R"lua(
local now = tonumber(ARGV[1])
local function look()
  local head = redis.pcall('GETRANGE', KEYS[1], 0, 23)
  if type(head) ~= 'string' then return '\0\0\0\0\0\0\0\1', false, false end
  if #head == 0 then return '', false, false end
  if #head < 24 or string.sub(head, 1, 2) ~= '\167r' or string.sub(head, 4, 4) ~= '1' then
    return '\0\0\0\0\0\0\0\1', false, false
  end
  local ends = 0
  for i = 13, 20 do ends = ends * 256 + string.byte(head, i) end
  local value = string.sub(head, 3, 3) == 'v'
  return string.sub(head, 5, 12), value and (ends == 0 or ends > now), value
end
local function fits(conditions, expected, version, live)
  if string.find(conditions, 'a', 1, true) and live then return false end
  if string.find(conditions, 'p', 1, true) and not live then return false end
  if string.find(conditions, 'v', 1, true) and version ~= expected then return false end
  return true
end
)lua";

// A script that reads the time may write only where its effects are replicated instead of the script: since 5.0 that is
// the default.
constexpr const char* kLate = R"lua(
local last = tonumber(ARGV[2])
if last > 0 then
  if redis.replicate_commands then redis.replicate_commands() end
  local time = redis.call('TIME')
  if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) >= last then return -1 end
end
)lua";

constexpr const char* kStoreIf = R"lua(
if ARGV[3] ~= '' then
  local version, live = look()
  if not fits(ARGV[3], ARGV[4], version, live) then return 0 end
end
if ARGV[6] == '' then redis.call('SET', KEYS[1], ARGV[5])
else redis.call('SET', KEYS[1], ARGV[5], ARGV[6], ARGV[7]) end
return 1
)lua";

constexpr const char* kDrop = R"lua(
local version, live = look()
if not fits(ARGV[3], ARGV[4], version, live) then return 2 end
redis.call('PERSIST', KEYS[1])
redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6])
return live and 1 or 0
)lua";

constexpr const char* kTouch = R"lua(
local version, live = look()
if not live then return 0 end
if ARGV[4] == 'PERSIST' then redis.call('PERSIST', KEYS[1]) else redis.call(ARGV[4], KEYS[1], ARGV[5]) end
redis.call('SETRANGE', KEYS[1], 12, ARGV[3])
return 1
)lua";

constexpr const char* kStoreBare = R"lua(
local words = {'SET', KEYS[1], ARGV[3]}
if ARGV[4] ~= '' then words[4] = ARGV[4]; words[5] = ARGV[5] end
if ARGV[6] ~= '' then words[#words + 1] = ARGV[6] end
return redis.call(unpack(words)) and 1 or 0
)lua";

constexpr const char* kTouchBare = R"lua(
if ARGV[3] ~= 'PERSIST' then return redis.call(ARGV[3], KEYS[1], ARGV[4]) end
redis.call('PERSIST', KEYS[1])
return redis.call('EXISTS', KEYS[1])
)lua";

constexpr const char* kClear = R"lua(
local version, live, value = look()
if not value then return 0 end
if tonumber(ARGV[2]) > 0 and redis.call('STRLEN', KEYS[1]) - 24 <= tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', KEYS[1])
return live and 1 or 0
)lua";

std::string sha1_of(const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += "0123456789abcdef"[digest[i] >> 4];
        hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

Script made(const std::string& text) {
    Script script{text, {}};
    script.sha1 = sha1_of(script.text);
    return script;
}

}  // namespace

const Scripts& Scripts::all() {
    static const std::string look = kLook, late = kLate;
    static const Scripts scripts{made(look + late + kStoreIf), made(look + late + kDrop), made(look + late + kTouch),
                                 made(late + kStoreBare),      made(late + kTouchBare),   made(look + kClear)};
    return scripts;
}

}  // namespace aurelis::redis
