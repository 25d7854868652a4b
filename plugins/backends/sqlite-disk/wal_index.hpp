// WalIndex: whether anything was committed to a file since one last looked, for the price of comparing 48 bytes of the
// memory that SQLite shares among its processes. Leaves to others: what was committed.
#pragma once

#include "database.hpp"

#include <array>
#include <cstdint>

namespace aurelis::sqlite_disk {

class WalIndex {
public:
    // Of a connection that has read already. Without one, or if SQLite shares no memory, everything has always changed.
    WalIndex() = default;
    explicit WalIndex(Database& database) noexcept;

    // True if something was committed since the last time, or while this looks.
    bool has_changed() noexcept;
    // The next has_changed() is true.
    void forget() noexcept { known_ = false; }

private:
    // The header of the index (sqlite.org/walformat.html): every commit moves its counters on and its checksum.
    using Header = std::array<uint32_t, 12>;

    const volatile uint32_t* shared_ = nullptr;  // As long as the connection is open.
    Header last_{};
    bool known_ = false;
};

}  // namespace aurelis::sqlite_disk
