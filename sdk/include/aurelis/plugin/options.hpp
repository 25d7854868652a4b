// Options: how a component declares what YAML may say to it, and how it reads what YAML said. The core has checked
// names, types, ranges and words against the declaration before create() runs, and filled in the fallbacks.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::plugin {

// A declaration in the making: constexpr, so that the table is plain read-only data.
//   static constexpr auto kPath = Option(AURELIS_OPT_PATH, "path", "File of the database.").required();
class Option : public aurelis_option {
public:
    constexpr Option(uint16_t type_, const char* name_, const char* help_)
        : aurelis_option{sizeof(aurelis_option), type_, 0, name_, nullptr, nullptr, nullptr, nullptr, nullptr, help_} {}

    constexpr Option required() const { return with_flag(AURELIS_OPT_REQUIRED); }
    constexpr Option secret() const { return with_flag(AURELIS_OPT_SECRET); }
    constexpr Option list() const { return with_flag(AURELIS_OPT_LIST); }
    constexpr Option data() const { return with_flag(AURELIS_OPT_DATA); }
    constexpr Option or_else(const char* text) const { return changed([&](Option& o) { o.fallback = text; }); }
    constexpr Option at_least(const char* text) const { return changed([&](Option& o) { o.min = text; }); }
    constexpr Option at_most(const char* text) const { return changed([&](Option& o) { o.max = text; }); }
    constexpr Option one_of(const char* text) const { return changed([&](Option& o) { o.words = text; }); }
    constexpr Option in(const char* text) const { return changed([&](Option& o) { o.unit = text; }); }

private:
    template <typename Change>
    constexpr Option changed(Change&& change) const {
        Option copy = *this;
        change(copy);
        return copy;
    }
    constexpr Option with_flag(uint16_t flag) const {
        return changed([&](Option& o) { o.flags = static_cast<uint16_t>(o.flags | flag); });
    }
};

// What YAML said, for the duration of create(). Each reader answers nothing if the option is absent and has no
// fallback, and an error (already told to the core, with file and line) if it has another type.
class Options {
public:
    Options(const aurelis_host* host, const aurelis_node* node, aurelis_call* call) noexcept
        : api_(host->config), node_(node), call_(call) {}

    std::optional<std::string> text(const char* name) const {
        aurelis_bytes value{};
        const aurelis_node* found = find(name);
        if (found == nullptr || api_->as_string(found, call_, &value) != AURELIS_OK) return std::nullopt;
        return std::string(view(value));
    }
    std::optional<int64_t> integer(const char* name) const { return read<int64_t>(name, api_->as_int); }
    std::optional<double> number(const char* name) const { return read<double>(name, api_->as_double); }
    std::optional<int64_t> duration_ns(const char* name) const { return read<int64_t>(name, api_->as_duration); }
    std::optional<uint64_t> size_bytes(const char* name) const { return read<uint64_t>(name, api_->as_bytes); }
    std::optional<bool> boolean(const char* name) const {
        const auto value = read<uint32_t>(name, api_->as_bool);
        return value ? std::optional<bool>(*value != 0) : std::nullopt;
    }
    // A path within an option of the type AURELIS_OPT_ANY, absolute like that of an AURELIS_OPT_PATH.
    std::optional<std::string> path(const aurelis_node* node) const {
        aurelis_buf found{};
        if (node == nullptr || api_->as_path(node, call_, &found) != AURELIS_OK) return std::nullopt;
        const Pinned text(found);
        return std::string(text.view());
    }
    // Refuses the value of an option for a reason that no table can say; returns the error for create().
    Error reject(const char* name, const std::string& why) const {
        const aurelis_node* found = find(name);
        if (found != nullptr) api_->reject(found, call_, why.c_str());
        return fail(AURELIS_E_CONFIG, std::string("'") + name + "' " + why);
    }
    const aurelis_node* find(const char* name) const { return node_ ? api_->get(node_, name) : nullptr; }
    const aurelis_config_api* api() const noexcept { return api_; }

private:
    template <typename T, typename Reader>
    std::optional<T> read(const char* name, Reader reader) const {
        T value{};
        const aurelis_node* found = find(name);
        if (found == nullptr || reader(found, call_, &value) != AURELIS_OK) return std::nullopt;
        return value;
    }

    const aurelis_config_api* api_;
    const aurelis_node* node_;
    aurelis_call* call_;
};

// The table of options that T declares as `static constexpr std::array kOptions{&kPath, ...}`, or none.
template <typename T>
constexpr const aurelis_option* const* options_of() {
    if constexpr (requires { T::kOptions; })
        return T::kOptions.data();
    else
        return nullptr;
}
template <typename T>
constexpr size_t option_count_of() {
    if constexpr (requires { T::kOptions; })
        return T::kOptions.size();
    else
        return 0;
}

}  // namespace aurelis::plugin
