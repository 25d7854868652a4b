// --only-layer NAME: one layer is asked, all others are left out.
#pragma once

#include <CLI/CLI.hpp>
#include <aurelis/cache.hpp>

#include <cstdint>
#include <string>

namespace aurelis::cli {

class OnlyLayerOption {
public:
    void describe(CLI::App& app);
    // The layers to leave out; none without the option. An error names the known layers.
    Result<uint64_t> skipped_layers(const Cache& cache) const;

private:
    std::string name_;
};

}  // namespace aurelis::cli
