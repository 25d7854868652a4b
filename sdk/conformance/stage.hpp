// Stage: one instance of a serializer, called as the core calls it, with guards around all memory. Leaves to others:
// which answers are right (the sections), chains of stages (the core).
#pragma once

#include "plugin_host.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aurelis::conformance {

// What one call of encode or decode did.
struct Coded {
    aurelis_status status = AURELIS_E_FAILED;
    size_t written = 0;  // As the plugin reported it.
    std::string output;  // On OK, at most the room.
    size_t room = 0;
    bool in_bounds = true;      // Nothing outside the room was written.
    bool source_intact = true;  // The source is unchanged.
    size_t texts = 0;           // How often the plugin reported an error.
    double seconds = 0;         // Of this thread's processor time.
    bool ok() const noexcept { return status == AURELIS_OK; }
    bool gives(std::string_view text) const noexcept { return ok() && output == text; }
    // Which rule of abi.h for every answer is broken; NULL: none.
    const char* fault() const noexcept;
};

class Stage {
public:
    static Result<std::unique_ptr<Stage>> open(const PluginFile& file, std::string_view type_name,
                                               const OptionValues& values, PluginHost& host);
    // With a tree of options that name=value pairs cannot express.
    static Result<std::unique_ptr<Stage>> open(const PluginFile& file, std::string_view type_name,
                                               const aurelis_node* options, PluginHost& host);
    ~Stage() { close(); }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    void close();  // Destroys it; a second call does nothing.
    const aurelis_component& component() const noexcept { return *component_; }
    const aurelis_serializer_ops& ops() const noexcept { return ops_; }
    void* self() const noexcept { return object_.self; }
    bool marks() const noexcept { return (component_->caps & AURELIS_STAGE_MARKS) != 0; }
    size_t bound(size_t source_bytes) const noexcept { return ops_.bound(object_.self, source_bytes); }

    // [any] With as much room as bound() says; a stage that marks gets none.
    Coded encode(std::string_view source, const aurelis_key* key = nullptr) const;
    Coded encode_into(std::string_view source, size_t room, const aurelis_key* key = nullptr) const;
    Coded decode(std::string_view source, size_t room, const aurelis_key* key = nullptr) const;

private:
    Stage() = default;
    const aurelis_component* component_ = nullptr;
    const PluginHost* host_ = nullptr;  // Outlives the stage.
    aurelis_object object_{};
    aurelis_serializer_ops ops_{};  // The plugin's table, full size.
    bool open_ = false;
};

}  // namespace aurelis::conformance
