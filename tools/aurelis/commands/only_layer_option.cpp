// Finding the layer by its name.
#include "commands/only_layer_option.hpp"

#include "output/text.hpp"

#include <vector>

namespace aurelis::cli {

void OnlyLayerOption::describe(CLI::App& app) {
    app.add_option("--only-layer", name_, "ask only this layer")->type_name("NAME");
}

Result<uint64_t> OnlyLayerOption::skipped_layers(const Cache& cache) const {
    if (name_.empty()) return uint64_t{0};
    const std::vector<std::string> names = cache.layer_names();
    for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name_) return ~(uint64_t{1} << i);
    return fail(AURELIS_E_INVALID, "--only-layer: there is no layer '" + printable(name_) + "'; the layers are " +
                                       listed(names) + did_you_mean(name_, names));
}

}  // namespace aurelis::cli
