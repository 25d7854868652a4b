// Scanning: the keys of this cache's namespace, layer by layer from the top, each shown once.
#include "api/cache.hpp"

#include "base/hash.hpp"

#include <aurelis/base/glob.hpp>

#include <unordered_set>

namespace aurelis::core {

aurelis_status Cache::scan(std::string_view glob, const aurelis_read_options* options, aurelis_scan_fn visit,
                           void* user, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    std::unordered_set<uint64_t> shown;
    const std::string& prefix = keys().namespace_prefix();
    std::string why;  // A line for each layer that could not be asked.
    for (size_t i = 0; i < stack().size(); ++i) {
        if ((context.call.layers >> i & 1) != 0) continue;
        bool enough = false;
        context.error.clear();
        const aurelis_status status = stack().layer(i).list(context, prefix, [&](std::string_view key) {
            if (keys().is_reserved(key) || (!glob.empty() && !glob_fits(glob, key))) return true;
            if (!shown.insert(hash_bytes(key.data(), key.size())).second) return true;
            const aurelis_scanned one{sizeof one, static_cast<uint32_t>(i + 1), bytes(key)};
            enough = visit(user, &one) == 0;
            return !enough;
        });
        if (enough) return AURELIS_OK;
        if (status < 0) why += (why.empty() ? "" : "\n") + stack().failure_of(i, context, status);
    }
    if (why.empty()) return AURELIS_OK;
    error = Error{AURELIS_PARTIAL, std::move(why)};
    return AURELIS_PARTIAL;
}

}  // namespace aurelis::core
