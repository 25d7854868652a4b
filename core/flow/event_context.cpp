#include "flow/event_context.hpp"

#include "config/values.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace aurelis::core {
namespace {

using Json = nlohmann::json;

Error refuse(const std::string& why, aurelis_status status = AURELIS_E_INVALID) {
    return fail(status, "the event's context: " + why);
}

// Reads one flat object; the first mistake ends the reading.
class FlatObject final : public nlohmann::json_sax<Json> {
public:
    EventContext context;
    Error error;

    bool null() override { return stop("'" + printable(name_) + "' is null; give it a value or leave it out"); }
    bool boolean(bool value) override { return take(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }
    // As it is written: neither 1.10 nor a whole number with many digits may change.
    bool number_float(number_float_t, const string_t& text) override { return take(text); }
    bool string(string_t& value) override { return take(value); }
    bool binary(binary_t&) override { return not_flat(); }
    bool start_object(size_t) override { return std::exchange(inside_, true) ? not_flat() : true; }
    bool end_object() override { return true; }
    bool key(string_t& name) override {
        name_ = name;
        return true;
    }
    bool start_array(size_t) override { return not_flat(); }
    bool end_array() override { return true; }
    bool parse_error(size_t position, const std::string&, const Json::exception&) override {
        return stop("it is not JSON from byte " + std::to_string(position) + R"( on; write it as {"user_id": "42"})");
    }

private:
    bool take(std::string_view value) {
        if (!inside_) return stop(R"(it is not an object; write it as {"user_id": "42"})");
        const auto added = context.add(name_, value);
        if (added) return true;
        error = added.error();
        return false;
    }
    bool not_flat() {
        if (!inside_) return stop(R"(it is not an object; write it as {"user_id": "42"})");
        return stop("'" + printable(name_) +
                    "' is not a text, a number or a boolean; pass its members by names of "
                    "their own");
    }
    bool stop(const std::string& why) {
        error = refuse(why);
        return false;
    }

    bool inside_ = false;
    std::string name_;
};

}  // namespace

Result<EventContext> EventContext::from_json(std::string_view text) {
    if (text.empty()) return EventContext();
    if (text.size() > kContextJsonBytesMax)
        return refuse("its JSON has " + std::to_string(text.size()) + " bytes, the limit is " +
                          std::to_string(kContextJsonBytesMax) + "; pass only what the rules need",
                      AURELIS_E_TOO_LARGE);
    FlatObject reader;
    if (!Json::sax_parse(text, &reader)) return std::move(reader.error);
    return std::move(reader.context);
}

Result<EventContext> EventContext::from_pairs(std::span<const std::string> pairs) {
    EventContext context;
    for (const std::string& pair : pairs) {
        const size_t equals = pair.find('=');
        if (equals == std::string::npos) return refuse("'" + printable(pair) + "' has no '='; write it as name=value");
        AURELIS_TRY_VOID(
            context.add(std::string_view(pair).substr(0, equals), std::string_view(pair).substr(equals + 1)));
    }
    return context;
}

Result<void> EventContext::add(std::string_view name, std::string_view value) {
    if (name.empty()) return refuse("a name is empty; name each value");
    const std::string shown_name = "'" + printable(name) + "'";
    if (name.size() > kContextNameBytesMax)
        return refuse("the name " + shown_name + " has " + std::to_string(name.size()) + " bytes, the limit is " +
                          std::to_string(kContextNameBytesMax) + "; shorten it",
                      AURELIS_E_TOO_LARGE);
    if (value.size() > kContextValueBytesMax)
        return refuse("the value of " + shown_name + " has " + std::to_string(value.size()) + " bytes, the limit is " +
                          std::to_string(kContextValueBytesMax) + "; pass what the rules need, such as an id",
                      AURELIS_E_TOO_LARGE);
    if (values_.contains(name)) return refuse(shown_name + " is given twice; remove one of the two");
    if (values_.size() == kContextNamesMax)
        return refuse("it has more than " + std::to_string(kContextNamesMax) + " names; pass only what the rules need",
                      AURELIS_E_TOO_LARGE);
    values_.emplace(name, value);
    return {};
}

std::optional<std::string_view> EventContext::find(std::string_view name) const noexcept {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

std::string EventContext::names() const {
    std::string names;
    for (const auto& [name, value] : values_) names += (names.empty() ? "" : ", ") + name;
    return printable(names);
}

}  // namespace aurelis::core
