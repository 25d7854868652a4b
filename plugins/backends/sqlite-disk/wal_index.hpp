// WalIndex: whether anything was committed to a file since the last check, at the cost of comparing 48 bytes of the
// memory that SQLite shares among processes. Leaves to others: what was committed.
#pragma once

#include "database.hpp"

#include <array>
#include <cstdint>

namespace aurelis::sqlite_disk {

class WalIndex {
public:
    // For a connection that has already read. Without one, or if SQLite shares no memory, has_changed() is always true.
    WalIndex() = default;
    explicit WalIndex(Database& database) noexcept;

    // True if something was committed since the last call, or during this one.
    bool has_changed() noexcept;
    // The next has_changed() is true.
    void forget() noexcept { known_ = false; }

private:
    // The header of the index (sqlite.org/walformat.html): every commit changes its counters and its checksum.
    using Header = std::array<uint32_t, 12>;

    const volatile uint32_t* shared_ = nullptr;  // Valid while the connection is open.
    Header last_{};
    bool known_ = false;
};

}  // namespace aurelis::sqlite_disk
