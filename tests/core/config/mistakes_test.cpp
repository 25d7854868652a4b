// Common mistakes, and the one line that the user must see for each.
#include "config_helpers.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

struct Mistake {
    const char* text;
    const char* line;  // Begins "t.yaml:N: ".
};

const Mistake kMistakes[] = {
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {ttl: never, jitter: 10%}\n",
     "t.yaml:3: category users: 'jitter' means nothing with 'ttl: never'; remove one of the two"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  default: {ttl: never}\n  users: {stale: 5m}\n",
     "t.yaml:4: category users: 'stale' means nothing with the 'ttl: never' of default; give the category a ttl, or "
     "remove 'stale'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  default: {ttl: never}\n  users: {jitter: 5%}\n",
     "t.yaml:4: category users: 'jitter' means nothing with the 'ttl: never' of default; give the category a ttl, or "
     "remove 'jitter'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {ttl: 1h, refresh_at: soon}\n",
     "t.yaml:3: category users: 'refresh_at' must be a share such as 80%, or probabilistic, got 'soon'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {ttl: never, refresh_at: 80%}\n",
     "t.yaml:3: category users: 'refresh_at' means nothing with 'ttl: never'; remove one of the two"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {ttl: 1h, soft_timeout: 1s}\n",
     "t.yaml:3: category users: 'soft_timeout' means nothing without a stale time; add 'stale', or say 'hard_timeout'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {coalesce_window: 2ms}\n",
     "t.yaml:3: category users: 'coalesce_window' means nothing without an origin, since only its loads are gathered; "
     "add 'origin', or remove 'coalesce_window'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {origin: {host: db}, coalesce_max: 9}\n",
     "t.yaml:3: category users: 'coalesce_max' means nothing without 'coalesce_window'; add it, or remove "
     "'coalesce_max'"},
    {"layers: [{name: A, backend: b}]\ncategories:\n  users: {origin: {host: db}, coalesce_window: 2ms, "
     "coalesce_max: 1}\n",
     "t.yaml:3: category users: 'coalesce_max' must be from 2 to 1024, got '1'"},
    {"cache:\n\tnamespace: x\n", "t.yaml:2: the line is indented with a tab; YAML allows only spaces, replace it"},
    {"cache:\n  namespace x\n  version: v1\n",
     "t.yaml:3: not valid YAML: a ':' is not allowed here; look for a ':' missing"},
    {"layers: [{name: A, backend: b}]\ncache:\n  namespace:x\n",
     "t.yaml:3: 'cache' must be a map (key: value), got 'namespace:x'; a space is needed after the ':'"},
    {"layers: [{name: A, backend: b}]\ncache: {namespace:x}\n",
     "t.yaml:2: cache: 'namespace:x': a space is missing after the ':'"},
    {"layers:\n  - name: A\n    backend: memory\n    ttl: 5 min\n",
     "t.yaml:4: layer A: 'ttl': expected a duration such as "
     "250ms, 30s, 5m, 1h30m or 7d, got '5 min'; 'min' is not a unit of time, write 'm'"},
    {"layers:\n  - name: A\n    backend: memory\n    priority: high\n",
     "t.yaml:4: layer A: 'priority': expected a whole number, got 'high'"},
    {"layers:\n  - name: A\n    backend: memory\n    priority: \"3\"\n",
     "t.yaml:4: layer A: 'priority': expected a whole number, got the text '3'; remove the quotes"},
    {"layers:\n  - name: A\n    backend: memory\n    max_bytes: 256M\n",
     "t.yaml:4: layer A: 'max_bytes': expected a size such "
     "as 64KiB, 256MiB, 1GiB or a number of bytes, got '256M'; 'M' is not a unit of size, write 'MiB' (1024s) or 'MB' "
     "(1000s)"},
    {"layers:\n  - name: A\n  backend: memory\n", "t.yaml:3: not valid YAML: the line does not fit the ones above"},
    {"layers:\n  name: A\n  backend: memory\n",
     "t.yaml:2: 'layers' must be a list ([a, b], or lines that begin with '- ')"},
    {"layers: [{name: A, backend: memory, options: {password: ${PW}}}]\n",
     "t.yaml:1: not valid YAML: a '{' or '[' is not closed; close it, or put text that holds brackets, such as "
     "${NAME}"},
    {"layers: [{name: A, backend: memory}\n", "t.yaml:1: not valid YAML: a '{' or '[' is not closed"},
    {"layers:\n  - name: \"A\n    backend: memory\n",
     "t.yaml:2: not valid YAML: a quote that opens here or below is never closed"},
    {"layers:\n  - name: A\n    backend: memory\n    ttl:\n", "t.yaml:4: layer A: 'ttl' has no value; give it one"},
    {"layers:\n  - name: A\n    backend: memory\n    ttl: 1h\n    ttl: 2h\n",
     "t.yaml:5: key 'ttl' was given before, in line 4"},
    {"layers:\n  - name: A\n    backend: memory\n    tttl: 1h\n",
     "t.yaml:4: layer A: unknown key 'tttl'; did you mean 'ttl'?"},
    {"layers:\n  - name: A\n    backend: memory\n    Priority: 1\n",
     "t.yaml:4: layer A: unknown key 'Priority'; did you mean 'priority'?"},
    {"layers:\n  - name: A\n    backend: memory\n    shared: no\n",
     "t.yaml:4: layer A: 'shared': expected true or false, got 'no'"},
    {"layers:\n  - name: A\n    backend: memory\n    ttl: forever\n", "t.yaml:4: layer A: 'ttl': expected a duration"},
    {"layers:\n  - name: A\n    backend: memory\n    ttl: 0\n",
     "t.yaml:4: layer A: 'ttl': expected a duration above 0, got '0'; for no expiry write 'never'"},
    {"layers:\n  - name: A\n    backend: memory\n    max_entries: 1,000\n",
     "t.yaml:4: layer A: 'max_entries': expected a whole number, got '1,000'"},
    {"layers:\n  - name: A\n    backend: @memory\n", "t.yaml:3: not valid YAML: text cannot begin with this character"},
    {"layers:\n  - name: *A\n    backend: memory\n",
     "t.yaml:2: not valid YAML: text that begins with '*' needs quotes"},
    {"layers:\n  - {name: A, backend: memory, ttl: ${TTL}}\n", "t.yaml:2: not valid YAML: a '{' or '[' is not closed"},
    {"layers:\n  - {name: A, backend: memory, ttl: \"${TTL}\"}\n", "t.yaml:2: variable TTL is not set; set it"},
    {"{\"layers\": [{\"name\": \"A\", \"backend\": \"memory\", \"priority\": \"1\"}]}\n",
     "t.yaml:1: layer A: 'priority': expected a whole number, got the text '1'"},
    {"layers:\n- name: A\n  backend: memory\n---\ncache: {}\n", "t.yaml:4: a second document begins here"},
    {"layers:\n  - {name: A, backend: memory, size: 3}\n",
     "t.yaml:2: layer A: unknown key 'size'; known here: name, backend"},
};

}  // namespace

TEST_CASE("mistakes of ordinary users: each is one clear line") {
    for (const Mistake& mistake : kMistakes) {
        const std::string told = read(mistake.text).problems;
        INFO(mistake.text << told);
        CHECK(told.compare(0, std::string(mistake.line).size(), mistake.line) == 0);
        CHECK(std::count(told.begin(), told.end(), '\n') == 1);
    }
}

TEST_CASE("what ordinary users write and mean is taken") {
    for (const char* text : {"layers:\n  - {name: A, backend: memory, max_bytes: 256 MB, ttl: '5m', max_size: 10}\n",
                             "{\"layers\": [{\"name\": \"A\", \"backend\": \"memory\", \"ttl\": 300}]}\n",
                             "# comment\nlayers: # here\n- name: A # and here\n  backend: memory\n"}) {
        INFO(text);
        CHECK(read(text).problems.empty());
    }
}
