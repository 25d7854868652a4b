#include "plugin/serializer_handle.hpp"

#include "config/option_access.hpp"
#include "plugin/object_factory.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::core {

SerializerHandle::SerializerHandle(Runtime& runtime, const FoundComponent& found, const std::string& instance)
    : found_(found), services_(runtime, instance, config_api()) {}

SerializerHandle::~SerializerHandle() {
    services_.close_tasks();
    if (ops_.destroy != nullptr) ops_.destroy(object_.self);
}

Result<std::unique_ptr<SerializerHandle>> SerializerHandle::make(Runtime& runtime, const FoundComponent& found,
                                                                 const std::string& instance, const Node& options) {
    std::unique_ptr<SerializerHandle> handle(new SerializerHandle(runtime, found, instance));
    AURELIS_TRY(made, make_object(found, handle->services_, options));
    handle->object_ = made;
    const auto* theirs = static_cast<const aurelis_serializer_ops*>(handle->object_.ops);
    if (theirs->struct_size < offsetof(aurelis_serializer_ops, destroy))
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file + " gave no table of functions; tell its author");
    std::memcpy(&handle->ops_, theirs, std::min<size_t>(theirs->struct_size, sizeof handle->ops_));
    const aurelis_serializer_ops& ops = handle->ops_;
    if (ops.destroy == nullptr || ops.bound == nullptr || ops.encode == nullptr ||
        (ops.decode == nullptr && !handle->marks()))
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file +
                                          " lacks destroy, bound, encode or decode; only a stage that marks needs no "
                                          "decode");
    if (ops.format_id < 1 || ops.format_id > 255 || ops.format_id != found.component->format_id)
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file + " declares format id " +
                                          std::to_string(found.component->format_id) + " and has " +
                                          std::to_string(ops.format_id) +
                                          "; they must be one of 1 to 255; tell its author");
    return handle;
}

}  // namespace aurelis::core
