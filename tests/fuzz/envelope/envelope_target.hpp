// EnvelopeTarget: takes stored bytes all the way back to a value: frame, checksum, stages with the real plugins. Half
// of the inputs get a checksum that fits, so that the code after it is reached as well; the others must never open,
// unless they are what was sealed. Leaves to others: where the bytes come from.
#pragma once

#include "plugin/plugin_registry.hpp"
#include "layer/envelope.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::fuzz {

// Used by one thread.
class EnvelopeTarget {
public:
    static Result<std::unique_ptr<EnvelopeTarget>> open();

    // Frames as layers of several configurations seal them, and some that none would.
    std::vector<std::string> seeds();
    // The promise that was broken; NULL: none.
    const char* fuzz_one(std::string_view stored);
    // How many inputs have opened so far: a run in which none does reaches nothing.
    uint64_t opened() const noexcept { return opened_; }

private:
    EnvelopeTarget() : runtime_(nullptr, nullptr, nullptr, AURELIS_LOG_ERROR) {}
    std::string sealed(const core::Envelope& envelope, const std::string& value);
    const char* open_one(const std::string& stored, bool expects_fault);

    static constexpr uint64_t kValueBytesMax = 1 << 20;
    core::Runtime runtime_;
    core::SerializerShelf shelf_;
    std::unique_ptr<core::Envelope> plain_;
    uint64_t opened_ = 0;
    std::vector<std::string> sound_;  // What opens with the checksum that it has.
};

}  // namespace aurelis::fuzz
