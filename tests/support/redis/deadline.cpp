// Waiting with short polls until a condition holds.
#include "support/redis/deadline.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace aurelis::rig {

Clock::duration Deadline::left() const noexcept { return std::max(at_ - Clock::now(), Clock::duration::zero()); }

int Deadline::left_ms() const noexcept {
    const auto rounded = std::chrono::ceil<Milliseconds>(left()).count();
    return static_cast<int>(std::min<int64_t>(rounded, 1'000'000'000));
}

bool wait_until(const std::function<bool()>& predicate, Clock::duration timeout, Clock::duration pause) {
    const Deadline deadline(timeout);
    while (!predicate()) {
        if (deadline.passed()) return predicate();
        std::this_thread::sleep_for(std::min(pause, deadline.left()));
    }
    return true;
}

void require_soon(const std::string& what, const std::function<bool()>& predicate, Clock::duration timeout,
                  Clock::duration pause) {
    if (wait_until(predicate, timeout, pause)) return;
    const auto ms = std::chrono::duration_cast<Milliseconds>(timeout).count();
    throw std::runtime_error(what + " did not happen within " + std::to_string(ms) + " ms");
}

void require_eventually(const std::string& what, const std::function<bool()>& predicate, Clock::duration timeout,
                        Clock::duration pause) {
    std::string trouble;
    const auto quiet = [&] {
        try {
            const bool answer = predicate();
            trouble.clear();
            return answer;
        } catch (const std::exception& error) {
            trouble = std::string("; last: ") + error.what();
            return false;
        }
    };
    try {
        require_soon(what, quiet, timeout, pause);
    } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + trouble);
    }
}

}  // namespace aurelis::rig
