#include "plugin/embedder_handle.hpp"

#include "config/option_access.hpp"
#include "plugin/object_factory.hpp"

#include <aurelis/abi_draft.h>

namespace aurelis::core {

EmbedderHandle::EmbedderHandle(Runtime& runtime, const FoundComponent& found, const std::string& instance)
    : found_(found), services_(runtime, instance, config_api()) {}

EmbedderHandle::~EmbedderHandle() {
    services_.close_tasks();
    if (object_.ops != nullptr) static_cast<const aurelis_embedder_ops*>(object_.ops)->destroy(object_.self);
}

Result<std::unique_ptr<EmbedderHandle>> EmbedderHandle::make(Runtime& runtime, const FoundComponent& found,
                                                             const std::string& instance, const Node& options) {
    std::unique_ptr<EmbedderHandle> handle(new EmbedderHandle(runtime, found, instance));
    AURELIS_TRY(made, make_object(found, handle->services_, options));
    const auto& ops = *static_cast<const aurelis_embedder_ops*>(made.ops);
    constexpr size_t kSize = offsetof(aurelis_embedder_ops, embed) + sizeof ops.embed;
    if (ops.struct_size < kSize || ops.destroy == nullptr || ops.embed == nullptr || ops.dims == 0 ||
        ops.model_id == nullptr)
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file +
                                          " lacks destroy, embed, dims or model_id; an embedder must have all four");
    handle->object_ = made;
    return handle;
}

}  // namespace aurelis::core
