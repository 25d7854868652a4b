// What the benchmark of serializers measures: a stage through its plugin's table, and the bare library call that does
// the same. Leaves to others: data (texts.hpp), timing (serializers.cpp).
#pragma once

#include "plugin/host_services.hpp"
#include "plugin/plugin_registry.hpp"

#include <aurelis/base/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::bench {

// One way to encode and decode, with whatever it reuses from call to call. Used by one thread.
class Coder {
public:
    virtual ~Coder() = default;
    virtual size_t bound(size_t source_bytes) const = 0;
    // The bytes written; 0: it cannot encode, or the input was not its output.
    virtual size_t encode(std::string_view source, char* room, size_t room_bytes) = 0;
    virtual size_t decode(std::string_view source, char* room, size_t room_bytes) = 0;
    // It changes no bytes and writes none: encode is a check, decode is never called.
    virtual bool marks() const noexcept { return false; }
};

// A stage and its level, 0 for those that have none.
struct StageName {
    std::string type;
    int level = 0;

    std::string text() const { return level != 0 ? type + " " + std::to_string(level) : type; }
};

// Makes stages of plugins as the core does.
class StageMaker {
public:
    explicit StageMaker(std::vector<std::string> folders)
        : runtime_(nullptr, nullptr, nullptr, 3), registry_(std::move(folders)) {}
    Result<std::unique_ptr<Coder>> make(const StageName& name);

private:
    core::Runtime runtime_;
    core::PluginRegistry registry_;
};

// How nlohmann-json writes JSON. It has no style with spaces but without lines.
struct JsonStyle {
    int indentation = -1;
    bool ascii = false;
};

// The bare call of zlib, LZ4, Zstandard or nlohmann-json, with reused state where the library has one.
std::unique_ptr<Coder> bare_coder(const StageName& name, const JsonStyle& style);
// Applies them one after the other; decode in reverse order.
std::unique_ptr<Coder> chain_of(std::vector<std::unique_ptr<Coder>> coders);

}  // namespace aurelis::bench
