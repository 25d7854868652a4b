// Parts of Layer that its sources share; private to them.
#pragma once

#include "layer/layer.hpp"

namespace aurelis::core {

// Sets aside the error that earlier layers and calls have left, and restores it if this one leaves none.
class Layer::OwnError {
public:
    explicit OwnError(CallContext& context) noexcept : context_(context) {
        if (!context.error.empty()) before_.swap(context.error);
    }
    ~OwnError() {
        if (context_.error.empty() && !before_.empty()) context_.error.swap(before_);
    }
    OwnError(const OwnError&) = delete;
    OwnError& operator=(const OwnError&) = delete;

private:
    CallContext& context_;
    std::string before_;
};

}  // namespace aurelis::core
