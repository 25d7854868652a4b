#include "layer/envelope.hpp"

#include "validity/entry.hpp"

namespace aurelis::core {
namespace {

// The same buffer, restricted to a part of it.
void narrow(aurelis_buf& value, std::string_view part) noexcept {
    value.data = part.data();
    value.size = part.size();
}

}  // namespace

Pinned Envelope::seal(aurelis_call* call, const aurelis_key& key, const aurelis_write& write) const {
    FrameView content;
    content.meta = write.meta;
    content.attrs = view(write.attrs);
    stages_.encode(call, key, view(write.value), content);
    return seal_frame(text_of(key), content);
}

DecodeFault Envelope::open(aurelis_call* call, const aurelis_key& key, aurelis_entry& out, FormatIds& formats,
                           std::string& why) const {
    FrameView frame;
    const FrameFault found = open_frame(text_of(key), view(out.value), frame);
    if (found != FrameFault::kFine) {
        why = fault_name(found);
        return DecodeFault::kDamaged;
    }
    Pinned decoded;
    std::string_view attrs = frame.attrs;
    std::string told;
    const DecodeFault fault = stages_.decode(call, key, frame, value_bytes_max_, decoded, attrs, &told);
    if (fault != DecodeFault::kRead) {
        why = told.empty() ? fault_name(fault) : std::move(told);
        return fault;
    }
    formats = FormatIds(frame);
    const uint64_t version = out.meta.version;
    out.meta = frame.meta;
    out.meta.version = version;
    out.attrs = bytes(attrs);
    if (decoded.raw().ops == nullptr) {
        narrow(out.value, frame.payload);
    } else {
        aurelis_buf_release(&out.value);
        const std::string_view value = decoded.view().substr(0, decoded.size() - attrs.size());
        out.value = decoded.give();
        narrow(out.value, value);
    }
    return DecodeFault::kRead;
}

}  // namespace aurelis::core
