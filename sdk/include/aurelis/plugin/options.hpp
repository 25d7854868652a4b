// Options: how a component declares which options YAML may set, and how it reads the values. The core has checked
// names, types, ranges and words against the declaration before create() runs, and filled in the fallbacks.
#pragma once

#include <aurelis/base/language.hpp>

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis::plugin {

// Builds a declaration: constexpr, so that the table is plain read-only data. Each step returns a Self.
template <typename Self>
class OptionBuilder : public aurelis_option {
public:
    constexpr Self required() const { return with_flag(AURELIS_OPT_REQUIRED); }
    constexpr Self secret() const { return with_flag(AURELIS_OPT_SECRET); }
    constexpr Self list() const { return with_flag(AURELIS_OPT_LIST); }
    constexpr Self data() const { return with_flag(AURELIS_OPT_DATA); }
    // A BOOL that the host sets for a layer without frames.
    constexpr Self bare() const { return with_flag(AURELIS_OPT_BARE); }
    constexpr Self or_else(const char* text) const { return changed([&](Self& o) { o.fallback = text; }); }
    constexpr Self at_least(const char* text) const { return changed([&](Self& o) { o.min = text; }); }
    constexpr Self at_most(const char* text) const { return changed([&](Self& o) { o.max = text; }); }
    constexpr Self one_of(const char* text) const { return changed([&](Self& o) { o.words = text; }); }
    constexpr Self in(const char* text) const { return changed([&](Self& o) { o.unit = text; }); }

protected:
    constexpr OptionBuilder(uint16_t type_, const char* name_, const char* help_)
        : aurelis_option{sizeof(aurelis_option), type_, 0, name_, nullptr, nullptr, nullptr, nullptr, nullptr, help_} {}

private:
    template <typename Change>
    constexpr Self changed(Change&& change) const {
        Self copy = static_cast<const Self&>(*this);
        change(copy);
        return copy;
    }
    constexpr Self with_flag(uint16_t flag) const {
        return changed([&](Self& o) { o.flags = static_cast<uint16_t>(o.flags | flag); });
    }
};

// An option of a type known at compile time, and read as that type: options[kLevel] is an int64_t.
//   static constexpr auto kLevel = IntOption("level", "How hard to try.").or_else("3").at_least("1").at_most("9");
template <uint16_t Type, typename T>
class OptionOf : public OptionBuilder<OptionOf<Type, T>> {
public:
    using Value = T;
    constexpr OptionOf(const char* name_, const char* help_) : OptionBuilder<OptionOf>(Type, name_, help_) {}
};
using TextOption = OptionOf<AURELIS_OPT_STRING, std::string>;
using IntOption = OptionOf<AURELIS_OPT_INT, int64_t>;
using NumberOption = OptionOf<AURELIS_OPT_DOUBLE, double>;
using BoolOption = OptionOf<AURELIS_OPT_BOOL, bool>;
using DurationOption = OptionOf<AURELIS_OPT_DURATION, int64_t>;  // Nanoseconds.
using SizeOption = OptionOf<AURELIS_OPT_BYTES, uint64_t>;
using PathOption = OptionOf<AURELIS_OPT_PATH, std::string>;
using RefOption = OptionOf<AURELIS_OPT_REF, std::string>;  // one_of() names the kind; the component is in env->refs.

// An option whose type is given as a value: a list, a reference, a subtree.
//   static constexpr auto kHosts = Option(AURELIS_OPT_STRING, "hosts", "Where to connect.").list().required();
class Option : public OptionBuilder<Option> {
public:
    constexpr Option(uint16_t type_, const char* name_, const char* help_) : OptionBuilder(type_, name_, help_) {}
};

// The options as set in YAML, for the duration of create(). Each reader returns nothing if the option is absent and has
// no fallback, and an error (already reported to the core, with file and line) if it has another type.
class Options {
public:
    Options(const aurelis_host* host, const aurelis_node* node, aurelis_call* call) noexcept
        : api_(host->config), node_(node), call_(call) {}

    // The value of an option that is required or has a fallback, so that the fallback is written once, in the
    // declaration. An option that is not given and has no fallback yields an empty value; use find() or the readers
    // below where that matters.
    template <uint16_t Type, typename T>
    T operator[](const OptionOf<Type, T>& option) const {
        std::optional<T> value;
        if constexpr (Type == AURELIS_OPT_STRING || Type == AURELIS_OPT_PATH || Type == AURELIS_OPT_REF)
            value = text(option.name);
        else if constexpr (Type == AURELIS_OPT_INT)
            value = integer(option.name);
        else if constexpr (Type == AURELIS_OPT_DOUBLE)
            value = number(option.name);
        else if constexpr (Type == AURELIS_OPT_BOOL)
            value = boolean(option.name);
        else if constexpr (Type == AURELIS_OPT_DURATION)
            value = duration_ns(option.name);
        else
            value = size_bytes(option.name);
        return std::move(value).value_or(T{});
    }

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
    // A path within an option of type AURELIS_OPT_ANY, made absolute as for an AURELIS_OPT_PATH.
    std::optional<std::string> path(const aurelis_node* node) const {
        aurelis_buf found{};
        if (node == nullptr || api_->as_path(node, call_, &found) != AURELIS_OK) return std::nullopt;
        const Pinned text(found);
        return std::string(text.view());
    }
    // Refuses the value of an option for a reason that no table can express; returns the error for create().
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
