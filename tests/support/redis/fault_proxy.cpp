// The interface of the proxy: each call becomes a job of its loop.
#include "support/redis/fault_proxy.hpp"

#include "support/redis/proxy_loop.hpp"

#include <algorithm>

namespace aurelis::rig {

size_t Traffic::count(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? 0 : found->second;
}

FaultProxy::FaultProxy() : loop_(std::make_unique<ProxyLoop>(std::nullopt)) {}
FaultProxy::FaultProxy(const Endpoint& upstream) : loop_(std::make_unique<ProxyLoop>(upstream)) {}
FaultProxy::~FaultProxy() = default;

uint16_t FaultProxy::port() const noexcept { return loop_->port(); }

void FaultProxy::calm() {
    loop_->carry_out([&] {
        loop_->script().conditions = {};
        loop_->script().faults.clear();
        loop_->script().reset_after.reset();
        loop_->set_door(Door::Open);
    });
}

void FaultProxy::door(Door door) {
    loop_->carry_out([&] { loop_->set_door(door); });
}

void FaultProxy::flow(Direction direction, Flow flow) {
    loop_->carry_out([&] { loop_->script().of(direction).flow = flow; });
}

void FaultProxy::delay(Direction direction, Clock::duration by) {
    loop_->carry_out([&] { loop_->script().of(direction).delay = by; });
}

void FaultProxy::drip(Direction direction, size_t bytes, Clock::duration every) {
    loop_->carry_out([&] {
        loop_->script().of(direction).drip_bytes = bytes;
        loop_->script().of(direction).drip_every = every;
    });
}

size_t FaultProxy::on_each(const std::function<void(ProxyLink&)>& action) {
    size_t met = 0;
    loop_->carry_out([&] {
        for (ProxyLink& link : loop_->links()) {
            if (!link.client_present()) continue;
            action(link);
            ++met;
        }
    });
    return met;
}

size_t FaultProxy::reset_all() {
    return on_each([](ProxyLink& link) { link.reset(); });
}

size_t FaultProxy::half_close_all(Direction direction) {
    return on_each([direction](ProxyLink& link) { link.half_close(direction); });
}

size_t FaultProxy::keep_back() {
    return on_each([](ProxyLink& link) { link.keep_back(); });
}

size_t FaultProxy::keep_back_and_reset() {
    return on_each([](ProxyLink& link) {
        link.keep_back();
        link.client_lost();
    });
}

void FaultProxy::let_through() {
    loop_->carry_out([&] {
        for (ProxyLink& link : loop_->links()) link.let_through();
    });
}

size_t FaultProxy::inject(const std::string& bytes) {
    return on_each([&bytes](ProxyLink& link) { link.inject(bytes); });
}

void FaultProxy::fault(const ReplyOf& which, const ReplyFault& fault) {
    WaitingFault waiting{which, std::max<size_t>(which.nth, 1), fault};
    waiting.which.command = in_capitals(which.command);
    loop_->carry_out([&] { loop_->script().faults.push_back(waiting); });
}

void FaultProxy::reset_after(size_t bytes_to_client) {
    loop_->carry_out([&] { loop_->script().reset_after = bytes_to_client; });
}

void FaultProxy::answer_with(Responder responder) {
    loop_->carry_out([&] { loop_->script().responder = std::move(responder); });
}

void FaultProxy::answer(const std::string& command, const std::string& bytes) {
    loop_->carry_out([&] { loop_->script().answers[in_capitals(command)] = bytes; });
}

void FaultProxy::forget_answers() {
    loop_->carry_out([&] {
        loop_->script().answers.clear();
        loop_->script().responder = nullptr;
        loop_->script().greeting.clear();
    });
}

void FaultProxy::greet_with(const std::string& bytes) {
    loop_->carry_out([&] { loop_->script().greeting = bytes; });
}

Traffic FaultProxy::traffic() const {
    Traffic seen;
    loop_->carry_out([&] { seen = loop_->count_traffic(); });
    return seen;
}

bool FaultProxy::wait_for(const std::function<bool(const Traffic&)>& predicate, Clock::duration timeout) const {
    return loop_->wait_for(predicate, timeout);
}

}  // namespace aurelis::rig
