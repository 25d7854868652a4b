// One instance of a serializer plugin, called as the core calls it: encode with the room that bound() asks for (none
// for a stage that only marks), decode with exactly the size before. Every room is a piece of heap of its own, so that
// the address sanitizer sees a byte too many.
#pragma once

#include "support/plugin_host.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aurelis::test {

struct StageAnswer {
    aurelis_status status = AURELIS_E_FAILED;
    std::string bytes;   // Empty unless status is AURELIS_OK.
    size_t written = 0;  // What the stage said.
    bool is(std::string_view expected) const { return status == AURELIS_OK && bytes == expected; }
};

class Stage {
public:
    explicit Stage(const std::string& name) : file_(load_plugin(name)) {
        component_ = file_.plugin().components[0];
        const auto* factory = static_cast<const aurelis_object_factory*>(component_->factory);
        static constexpr aurelis_env kEnv{sizeof(aurelis_env), 0, nullptr, nullptr, nullptr, 0, "", {}};
        if (factory->create(component_, host_.table(), nullptr, &kEnv, nullptr, &object_) != AURELIS_OK)
            throw std::runtime_error(name + ": create failed");
    }
    ~Stage() { ops().destroy(object_.self); }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    const aurelis_component& component() const { return *component_; }
    const aurelis_serializer_ops& ops() const { return *static_cast<const aurelis_serializer_ops*>(object_.ops); }
    void* self() const { return object_.self; }
    size_t bound(size_t source_bytes) const { return ops().bound(object_.self, source_bytes); }

    StageAnswer encode(std::string_view source) const { return encode(source, bound(source.size())); }
    StageAnswer encode(std::string_view source, size_t room_bytes) const {
        StageAnswer answer;
        const bool marks = (component_->caps & AURELIS_STAGE_MARKS) != 0;
        const std::unique_ptr<char[]> in = copied(source), room(marks ? nullptr : new char[room_bytes]);
        answer.status = ops().encode(object_.self, nullptr, nullptr, {in.get(), source.size()}, room.get(),
                                     marks ? 0 : room_bytes, &answer.written);
        if (answer.status == AURELIS_OK && !marks) answer.bytes.assign(room.get(), answer.written);
        return answer;
    }
    StageAnswer decode(std::string_view source, size_t room_bytes) const {
        StageAnswer answer;
        const std::unique_ptr<char[]> in = copied(source), room(new char[room_bytes]);
        answer.status =
            ops().decode(object_.self, nullptr, {in.get(), source.size()}, room.get(), room_bytes, &answer.written);
        if (answer.status == AURELIS_OK) answer.bytes.assign(room.get(), answer.written);
        return answer;
    }
    bool takes(std::string_view source) const { return encode(source).status == AURELIS_OK; }
    bool declines(std::string_view source) const { return encode(source).status == AURELIS_DECLINED; }

private:
    static std::unique_ptr<char[]> copied(std::string_view source) {
        std::unique_ptr<char[]> copy(new char[source.size()]);
        std::copy(source.begin(), source.end(), copy.get());
        return copy;
    }

    PluginHost host_;
    PluginFile file_;
    const aurelis_component* component_ = nullptr;
    aurelis_object object_{};
};

inline std::string repeated(std::string_view text, size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (size_t i = 0; i < times; ++i) all += text;
    return all;
}

inline std::string nested(size_t depth) { return repeated("[", depth) + repeated("]", depth); }

}  // namespace aurelis::test
