#include "coherence/key_order.hpp"

namespace aurelis::core {

void KeyOrder::Lane::leave() {
    while (pass_.held() && !order_.lanes_.leave_unless_owing(pass_)) {
        for (const std::string& key : order_.lanes_.owed_in(pass_)) {
            order_.leases_.revoke(hash_);
            order_.remove_({key.data(), key.size(), hash_, nullptr});
            order_.leases_.revoke(hash_);
            order_.lanes_.pay(hash_, key);
        }
    }
}

}  // namespace aurelis::core
