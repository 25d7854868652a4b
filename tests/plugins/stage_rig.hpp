// What the tests of serializers share: one instance of a plugin's stage in a host of its own, called as the core calls
// it, all of its memory between guards (sdk/conformance/stage.hpp). Leaves to others: which answers are right.
#pragma once

#include "support/plugin_host.hpp"

#include <stage.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aurelis::test {

using conformance::Coded;

// Safe from any thread, as the stage is. Throws std::runtime_error if an answer breaks a rule of abi.h.
class Stage {
public:
    // The refusal of the options, if they are refused.
    static Result<std::unique_ptr<Stage>> open(const std::string& name, const aurelis_node* options) {
        std::unique_ptr<Stage> made(new Stage);
        AURELIS_TRY(opened, conformance::Stage::open(load_plugin(name), name, options, made->host_));
        made->stage_ = std::move(opened);
        return made;
    }
    // Throws std::runtime_error with the refusal.
    static std::unique_ptr<Stage> of(const std::string& name, const OptionValues& values = {}) {
        return std::make_unique<Stage>(name, values);
    }
    explicit Stage(const std::string& name, const OptionValues& values = {}) {
        auto opened = conformance::Stage::open(load_plugin(name), name, values, host_);
        if (!opened) throw std::runtime_error(opened.error().message);
        stage_ = std::move(opened).value();
    }

    const aurelis_component& component() const noexcept { return stage_->component(); }
    const aurelis_serializer_ops& ops() const noexcept { return stage_->ops(); }
    void* self() const noexcept { return stage_->self(); }
    size_t bound(size_t source_bytes) const noexcept { return stage_->bound(source_bytes); }

    Coded encode(std::string_view source, const aurelis_key* key = nullptr) const {
        return sound(stage_->encode(source, key));
    }
    Coded encode_into(std::string_view source, size_t room) const { return sound(stage_->encode_into(source, room)); }
    Coded decode(std::string_view source, size_t room) const { return sound(stage_->decode(source, room)); }
    bool takes(std::string_view source) const { return encode(source).ok(); }
    bool declines(std::string_view source) const { return encode(source).status == AURELIS_DECLINED; }

    // For tests that call the table themselves.
    static aurelis_call call() noexcept {
        aurelis_call made{};
        made.struct_size = sizeof made;
        return made;
    }

private:
    Stage() = default;
    static Coded sound(Coded coded) {
        if (const char* const fault = coded.fault()) throw std::runtime_error(std::string("broken: ") + fault);
        return coded;
    }

    PluginHost host_;
    std::unique_ptr<conformance::Stage> stage_;
};

inline std::string repeated(std::string_view text, size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (size_t i = 0; i < times; ++i) all += text;
    return all;
}

inline std::string nested(size_t depth) { return repeated("[", depth) + repeated("]", depth); }

}  // namespace aurelis::test
