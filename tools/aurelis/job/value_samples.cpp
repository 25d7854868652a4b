// Scanning the category's keys and reading some of them. Choosing is reservoir sampling: the n-th value takes the place
// of a random one with the chance most/n (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R).
#include "job/value_samples.hpp"

#include "people/terminal.hpp"
#include "people/text.hpp"

namespace aurelis::host {
namespace {

// What all keys of the category begin with.
Result<std::string> key_prefix(const Session& session, const std::string& category) {
    AURELIS_TRY(handle, session.category(category));
    const std::string_view probe = "x";
    const aurelis_bytes part = bytes_of(probe);
    const aurelis_name name = aurelis_name_of(handle, &part);
    aurelis_buf key{};
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_key_of(session.cache(), &name, &key, &error);
    if (status < 0) return error_of(status, error, "the category's keys cannot be told");
    std::string prefix = take_text(key);
    if (prefix.size() <= probe.size() || prefix.substr(prefix.size() - probe.size()) != probe)
        return fail(AURELIS_E_UNSUPPORTED,
                    "the keys of '" + printable(category) +
                        "' cannot be told from others in this format of keys; use 'format: default'");
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

Result<ValueSamples> ValueSamples::collect(const Session& session, const std::string& category, size_t most) {
    AURELIS_TRY(prefix, key_prefix(session, category));
    const std::string glob = glob_of(prefix);
    ValueSamples samples(session, most);
    const aurelis_read_options options{sizeof(aurelis_read_options), AURELIS_READ_PEEK, 0, 0, nullptr, nullptr};
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_scan_keys(session.cache(), bytes_of(glob), &options, visit, &samples, &error);
    if (status < 0) return error_of(status, error, "the keys cannot be listed");
    if (status == AURELIS_PARTIAL)
        complain(error_of(status, error, "a layer could not be asked, so its values are left out").message);
    return samples;
}

uint32_t ValueSamples::visit(void* self, const aurelis_scanned* scanned) AURELIS_NX {
    static_cast<ValueSamples*>(self)->consider(view_of(scanned->key));
    return 1;
}

void ValueSamples::consider(std::string_view key) {
    ++keys_seen_;
    if (values_.size() >= most_ && random_() % keys_seen_ >= most_) return;
    aurelis_name name{};
    name.key = bytes_of(key);
    const aurelis_read_options options{sizeof(aurelis_read_options), AURELIS_READ_PEEK | AURELIS_READ_ALLOW_STALE, 0,
                                       0, nullptr, nullptr};
    Answer answer;
    const aurelis_status status = aurelis_get(session_->cache(), &name, &options, answer.out(), nullptr);
    if ((status == AURELIS_OK || status == AURELIS_STALE) && !answer.value().empty()) take(answer.value());
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

}  // namespace aurelis::host
