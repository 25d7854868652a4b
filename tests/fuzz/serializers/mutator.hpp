// Mutator: makes inputs out of inputs. The same seed gives the same sequence, on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::fuzz {

class Mutator {
public:
    // No input grows beyond bytes_max.
    Mutator(uint64_t seed, size_t bytes_max)
        : state_(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u), bytes_max_(bytes_max) {}

    // One of the pool, later ones more often, changed in one to some dozens of steps. Valid until the next call.
    const std::string& next(const std::vector<std::string>& pool);
    uint64_t below(uint64_t bound) noexcept { return bound == 0 ? 0 : static_cast<uint64_t>(draw() % bound); }

private:
    uint64_t draw() noexcept;
    size_t block(size_t at) noexcept;
    void step(const std::vector<std::string>& pool);
    void flip_bits();
    void set_bytes();
    void change_number();
    void insert(std::string_view piece);
    void overwrite(std::string_view piece);
    void erase_block();
    void repeat_block();
    void move_block();
    void splice(const std::string& other);

    uint64_t state_;
    size_t bytes_max_;
    std::string made_;
};

}  // namespace aurelis::fuzz
