// Resolver: names to addresses within a deadline. The system's resolver has no deadline and can hang for 20 seconds, so
// it runs in a thread of its own, for which callers wait no longer than their deadlines. Numeric addresses and
// localhost need no thread.
#pragma once

#include "address.hpp"
#include "deadline.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <sys/socket.h>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace aurelis::redis {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    std::shared_ptr<const TrustedPlace> socket;  // Of a unix address, which is reached through the open folder.
};

class Resolver {
public:
    // [any] Callers that ask for the same name at the same time share one question.
    Result<std::vector<SocketAddress>> resolve(const Address& address, const Deadline& deadline);

private:
    struct Question;
    Result<std::shared_ptr<Question>> ask(const std::string& host);

    // A question that hangs outlives its callers and perhaps the Resolver: it accesses only what it shares with them.
    struct Asked {
        std::mutex mutex;
        std::map<std::string, std::shared_ptr<Question>> running;  // Guarded by mutex.
    };
    std::shared_ptr<Asked> asked_ = std::make_shared<Asked>();
};

}  // namespace aurelis::redis
