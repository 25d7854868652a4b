// Asking nlohmann-json without building values where a verdict is enough.
#include "json_oracle.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace aurelis::fuzz {

namespace {

using Json = nlohmann::json;

constexpr int kNumberBeyondDouble = 406;  // The id of that parse error.

struct Listener : nlohmann::json_sax<Json> {
    int error = 0;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const Json::exception& told) override {
        error = told.id;
        return false;
    }
};

}  // namespace

Verdict verdict_on(std::string_view text) {
    if (text.find('\0') != std::string_view::npos || text.substr(0, 1) == "\xef") return Verdict::NoOpinion;
    Listener listener;
    if (Json::sax_parse(text, &listener)) return Verdict::Json;
    const bool has_surrogates = text.find("\\ud") != text.npos || text.find("\\uD") != text.npos;
    return listener.error == kNumberBeyondDouble || has_surrogates ? Verdict::NoOpinion : Verdict::NoJson;
}

bool says_the_same(std::string_view json, std::string_view msgpack) {
    if (msgpack.substr(0, 1) == "\xc1") msgpack.remove_prefix(std::min<size_t>(2, msgpack.size()));
    const Json read = Json::from_msgpack(msgpack, true, false);
    return !read.is_discarded() && read == Json::parse(json, nullptr, false);
}

}  // namespace aurelis::fuzz
