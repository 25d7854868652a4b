#include "api/assembly.hpp"

namespace aurelis::core {

Assembly::Assembly(std::unique_ptr<Runtime> its_runtime, std::unique_ptr<SerializerShelf> its_serializers,
                   Embedders its_embedders, std::vector<LayerSpec> layers, KeySpace keys,
                   Stamps::ReadPattern read_pattern, Origins::Doors doors, Policies its_policies)
    : runtime(std::move(its_runtime)),
      serializers(std::move(its_serializers)),
      embedders(std::move(its_embedders)),
      stack(*runtime, std::move(layers), std::move(keys), std::move(read_pattern)),
      loader(*runtime),
      origins(*runtime, std::move(doors)),
      policies(std::move(its_policies)),
      stack_store_(stack),
      stack_alone_(stack) {
    policies.for_each([this](Policy& policy) {
        policy.chain = &stack_alone_;
        policy.can_slide = stack.can_slide();
        if (policy.coalesce_window_ns == 0 || policy.origin.empty()) return;
        policy.coalescer =
            &coalescers_.emplace_back(runtime->clock, policy.coalesce_window_ns, policy.coalesce_max,
                                      loader.counter(kLoadsGathered));
    });
    stack.open();
}

Result<void> Assembly::start_chains(std::vector<ChainSpec> specs, uint64_t max_value_bytes) {
    for (ChainSpec& spec : specs) {
        Policy& policy = policies.configured_as(spec.category);
        auto chain = std::make_unique<Chain>(stack);
        policy.chain = chain.get();
        OriginStore& origin = *origin_stores_.emplace_back(
            std::make_unique<OriginStore>(*runtime, loader, origins, policy, max_value_bytes));
        Wiring wiring;
        wiring.origin = origin.store();
        wiring.category = spec.category;
        wiring.key_prefix = spec.key_prefix;
        AURELIS_TRY_VOID(chain->start(std::move(spec.strategies), stack_store_.store(), wiring));
        chains.emplace(spec.category, std::move(chain));
    }
    return {};
}

aurelis_status Assembly::flush(CallContext& context, int64_t deadline_mono) {
    aurelis_status result = AURELIS_OK;
    context.call.deadline_mono = deadline_mono == INT64_MAX ? 0 : deadline_mono;
    for (const auto& [category, chain] : chains) {
        const aurelis_status status = chain->flush(context);
        if (status < 0) result = status;
    }
    const aurelis_status status = stack.flush(context, deadline_mono);
    return status < 0 ? status : result;
}

void Assembly::close() {
    loader.close();  // While all that it publishes into is open.
    for (const auto& [category, chain] : chains) chain->close();
    stack.close();
    origins.close();
    runtime->tasks.stop();
}

}  // namespace aurelis::core
