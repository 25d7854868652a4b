// Each kind of mutation is one function; it leaves a text to which it does not apply.
#include "mutator.hpp"

#include <algorithm>
#include <utility>

namespace aurelis::fuzz {

namespace {

// Interesting replacements of a value: limits, units, other types, YAML's own words and signs, extremes.
const std::vector<std::string> kValues{
    "0", "-1", "1", "18446744073709551615", "18446744073709551616", "9223372036854775808", "-9223372036854775809",
    "1e308", "0x10", "0o17", "1_000", ".5", "5.", "NaN", ".inf", "true", "no", "null", "~", "''", "\"\"", "\"\\u0000\"",
    "'it''s'", "never", "0s", "1ns", "106752d", "1h1h", "1m1h", "-5m", "5 m", "5mm", "5M", "1TiB", "17179869184GiB",
    "1K", "1.5B", "100%", "5%", "99.9", "[]", "[[]]", "{}", "{a: {b: {c: d}}}", "[a, [b, {c: [d]}]]", "&x y", "*x",
    "*nobody", "!!str 5", "!!binary a", "!none x", "| text", "> text", "@x", "`x`", "%x", "? x", "- x", ": x", "#",
    "# x", "${HOME}", "${NOBODY}", "${NOBODY:-x}", "${", "$", "file:/nowhere", "file:.", "file:/dev/null", "/",
    "/dev/null", "/nowhere/x.db", ".", "..", "../../x", "x/../y", "~/x", "a:b", "a:b:c", ":", "::", "memory", "memry",
    "memory.so", "redis", "sqlite-disk", "sqlite_disk", "gzip", "json", "org.aurelis.memory:memory",
    "org.aurelis.memory:", ":memory", "\xff\xfe", "\xc3\x28", "\xed\xa0\x80", "\xe2\x80\xa8", "\xf0\x9f\x98\x80",
    "\x01", "\x7f", "redis://h:99999", "redis://[::1]:6379", "redis://::1", "rediss://u:p@h/0", "unix:///x", "http://h",
    "default", "compat", "none", "a b", " a", "a ", "'a", "\"a", "[a", "a]", "{a", "a}", "<<", "<<: *x", "--- x", "...",
    "2001-01-01", "0b1", "+1"};

// Keys that exist, and some that do not.
const std::vector<std::string> kKeys{
    "layers", "categories", "plugins", "origins", "cache", "keys", "resilience", "name", "backend", "priority", "ttl",
    "stale", "options", "serializers", "use", "threshold", "min_gain", "max_entries", "max_size", "max_bytes",
    "max_value_bytes", "path", "url", "search", "files", "file", "sha256", "namespace", "version", "lease",
    "close_timeout", "format", "default", "origin", "tags", "shared", "frame", "timeout", "soft_timeout", "breaker",
    "failures", "window", "retry_after", "after_gap", "<<", "''", "\"\"", "~", "null", "1", "[a]", "{a: b}", "a.b",
    "tls.ca", "tls", "pool", "nodes", "sentinels", "strategies", "embedders", "require", "no_such_key", "Layers",
    "lay ers"};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

struct Part {
    size_t begin, end;
    size_t size() const { return end - begin; }
};

std::vector<Part> lines_of(const std::string& text) {
    std::vector<Part> lines;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        lines.push_back({begin, end});
        begin = end;
    }
    return lines;
}

std::vector<Part> words_of(const std::string& text) {
    std::vector<Part> words;
    for (size_t i = 0; i < text.size();) {
        size_t end = i;
        while (end < text.size() && is_word(text[end])) ++end;
        if (end > i) words.push_back({i, end});
        i = end + (end == i ? 1 : 0);
    }
    return words;
}

// Words with a colon directly after them.
std::vector<Part> keys_of(const std::string& text) {
    std::vector<Part> keys = words_of(text);
    keys.erase(std::remove_if(keys.begin(), keys.end(),
                              [&](const Part& word) { return word.end >= text.size() || text[word.end] != ':'; }),
               keys.end());
    return keys;
}

// What follows a colon and a space, up to the end of the line or of the flow.
std::vector<Part> values_of(const std::string& text) {
    std::vector<Part> values;
    for (size_t at = text.find(": "); at != std::string::npos; at = text.find(": ", at + 2)) {
        const size_t end = std::min(text.find_first_of("\n,}]#", at + 2), text.size());
        if (end > at + 2) values.push_back({at + 2, end});
    }
    return values;
}

void replace(std::string& text, const Part& part, const std::string& by) { text.replace(part.begin, part.size(), by); }

}  // namespace

Mutator::Mutator(std::vector<std::string> samples, uint64_t seed)
    : samples_(std::move(samples)), keys_(kKeys), seed_(seed) {
    for (const std::string& sample : samples_) {
        for (const Part& part : words_of(sample)) words_.push_back(sample.substr(part.begin, part.size()));
        for (const Part& part : lines_of(sample)) lines_.push_back(sample.substr(part.begin, part.size()));
    }
}

std::string Mutator::make(uint64_t index) {
    random_.seed(seed_ * 1'000'003 + index);
    using Change = void (Mutator::*)(std::string&);
    constexpr Change kChanges[] = {&Mutator::change_bytes, &Mutator::change_word,  &Mutator::change_key,
                                   &Mutator::change_value, &Mutator::change_value, &Mutator::change_nesting,
                                   &Mutator::change_lines};
    std::string text = any(samples_);
    for (size_t left = one_in(2) ? 1 : 2 + below(3); left > 0; --left)
        (this->*kChanges[below(std::size(kChanges))])(text);
    return text;
}

void Mutator::change_bytes(std::string& text) {
    if (text.empty()) return;
    const size_t at = below(text.size());
    switch (below(5)) {
        case 0: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
        case 1: text[at] = static_cast<char>(below(256)); break;
        case 2: text.erase(at, 1 + below(8)); break;
        case 3: text.insert(at, 1 + below(4), "\t\r\n :-[]{}#'\"&*!|>%@`,?\\\0\xef"[below(26)]); break;
        default: text.resize(at); break;
    }
}

void Mutator::change_word(std::string& text) {
    const std::vector<Part> words = words_of(text);
    if (words.empty()) return;
    const Part& word = words[below(words.size())];
    if (one_in(3)) return replace(text, word, any(kValues));
    if (one_in(2)) return replace(text, word, any(words_));
    const Part& other = words[below(words.size())];  // Two are swapped.
    const std::string left = text.substr(word.begin, word.size()), right = text.substr(other.begin, other.size());
    if (word.begin > other.begin) {
        replace(text, word, right);
        replace(text, other, left);
    } else {
        replace(text, other, left);
        replace(text, word, right);
    }
}

void Mutator::change_key(std::string& text) {
    const std::vector<Part> keys = keys_of(text);
    if (keys.empty()) return;
    const Part& key = keys[below(keys.size())];
    if (one_in(2)) return replace(text, key, any(keys_));
    const size_t at = key.begin + below(key.size());  // A typing mistake.
    if (one_in(2))
        text.erase(at, 1);
    else
        text.insert(at, 1, static_cast<char>('a' + below(26)));
}

void Mutator::change_value(std::string& text) {
    const std::vector<Part> values = values_of(text);
    if (values.empty()) return;
    const Part& value = values[below(values.size())];
    switch (below(5)) {
        case 0: return replace(text, value, any(words_));
        case 1: return replace(text, value, "[" + text.substr(value.begin, value.size()) + "]");
        case 2: return replace(text, value, "{" + any(keys_) + ": " + text.substr(value.begin, value.size()) + "}");
        default: return replace(text, value, any(kValues));
    }
}

void Mutator::change_nesting(std::string& text) {
    const std::vector<Part> lines = lines_of(text);
    if (lines.empty()) return;
    const Part& line = lines[below(lines.size())];
    switch (below(5)) {
        case 0: text.insert(line.begin, 1 + below(6), ' '); break;
        case 1: text.erase(line.begin, std::min(line.size(), 1 + below(4))); break;
        case 2: text.insert(line.begin, "- "); break;
        case 3: text.insert(line.begin, std::string(1 + below(300), one_in(2) ? '[' : '{')); break;
        default: text.insert(line.begin, any(keys_) + ":\n"); break;
    }
}

void Mutator::change_lines(std::string& text) {
    const std::vector<Part> lines = lines_of(text);
    if (lines.empty()) return;
    const Part& line = lines[below(lines.size())];
    const std::string copy = text.substr(line.begin, line.size());
    switch (below(6)) {
        case 0: text.erase(line.begin, line.size()); break;
        case 1: text.insert(line.begin, copy); break;
        case 2: text.insert(line.begin, any(lines_)); break;
        case 3: text += copy; break;
        case 4: text.insert(line.begin, "#"); break;
        default: {
            const Part& other = lines[below(lines.size())];
            if (other.begin <= line.begin) break;
            const std::string below_it = text.substr(other.begin, other.size());
            replace(text, other, copy);
            replace(text, line, below_it);
        }
    }
}

}  // namespace aurelis::fuzz
