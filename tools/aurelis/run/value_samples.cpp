// Scanning the category's keys and reading some of them. Choosing is reservoir sampling: the n-th value replaces a
// random one with probability most/n (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R).
#include "run/value_samples.hpp"

#include "output/terminal.hpp"
#include "output/text.hpp"

namespace aurelis::cli {
namespace {

// The prefix of all keys of the category.
Result<std::string> key_prefix(const Cache& cache, const std::string& category) {
    AURELIS_TRY(handle, cache.category(category));
    const std::string_view probe = "x";
    AURELIS_TRY(prefix, handle.key_of(probe));
    if (prefix.size() <= probe.size() || prefix.substr(prefix.size() - probe.size()) != probe)
        return fail(AURELIS_E_UNSUPPORTED,
                    "the keys of '" + printable(category) +
                        "' cannot be distinguished from others in this key format; use 'format: default'");
    prefix.resize(prefix.size() - probe.size());
    return prefix;
}

std::string glob_of(std::string_view prefix) {
    std::string glob;
    for (const char c : prefix) {
        if (c == '*' || c == '?' || c == '[' || c == '\\') glob += '\\';
        glob += c;
    }
    return glob + '*';
}

}  // namespace

Result<ValueSamples> ValueSamples::collect(const Cache& cache, const std::string& category, size_t most) {
    AURELIS_TRY(prefix, key_prefix(cache, category));
    ValueSamples samples(most);
    const Category full_keys = cache.full_keys();
    const auto visit = [&](std::string_view key, uint32_t) {
        samples.consider(full_keys, key);
        return true;
    };
    const auto scanned = cache.scan(glob_of(prefix), visit, {.peek = true});
    // The values of the other layers are just as good.
    if (!scanned && scanned.error().status == AURELIS_E_UNAVAILABLE)
        complain(scanned.error().message + "; the values of the others are used");
    else
        AURELIS_TRY_VOID(scanned);
    return samples;
}

void ValueSamples::consider(const Category& full_keys, std::string_view key) {
    ++keys_seen_;
    if (values_.size() >= most_ && random_() % keys_seen_ >= most_) return;
    const auto answer = full_keys.lookup(key, {.allow_stale = true, .peek = true});
    if (answer && answer->found() && !answer->bytes().empty()) take(answer->bytes());
}

void ValueSamples::take(std::string_view value) {
    if (value.size() > kValueBytesMax) {
        ++too_large_;
        return;
    }
    bytes_ += value.size();
    if (values_.size() < most_) {
        values_.emplace_back(value);
    } else {
        std::string& place = values_[random_() % values_.size()];
        bytes_ -= place.size();
        place = value;
    }
    while (bytes_ > kBytesMax) {
        std::swap(values_[random_() % values_.size()], values_.back());
        bytes_ -= values_.back().size();
        values_.pop_back();
        most_ = values_.size();
    }
}

}  // namespace aurelis::cli
