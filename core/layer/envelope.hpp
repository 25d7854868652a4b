// Envelope: what one layer stores around a value. Sealing applies the layer's stages and puts the frame around the
// result; opening checks the frame against the key and undoes the stages that it names. Leaves to others: whether the
// entry is alive and belongs to the key (layer), how a stage works (stages), the bytes of the frame (frame). Threads:
// any.
#pragma once

#include "layer/stages.hpp"

#include <string>

namespace aurelis::core {

class Envelope {
public:
    Envelope(const SerializerShelf* shelf, std::vector<Stage> stages, uint64_t value_bytes_max)
        : stages_(shelf, std::move(stages)), value_bytes_max_(value_bytes_max) {}

    const Stages& stages() const noexcept { return stages_; }

    // The bytes to store for the write; empty (ops NULL) if there is no memory.
    Pinned seal(aurelis_call* call, const aurelis_key& key, const aurelis_write& write) const;
    // kRead: the stored bytes in out have been replaced by the entry that they represent; otherwise out still holds
    // them, and why has the reason as text. formats: those of the stages that had been applied.
    DecodeFault open(aurelis_call* call, const aurelis_key& key, aurelis_entry& out, FormatIds& formats,
                     std::string& why) const;

private:
    const Stages stages_;
    const uint64_t value_bytes_max_;
};

}  // namespace aurelis::core
