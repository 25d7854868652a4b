// Scanning: the keys of this cache's namespace, layer by layer from the top, each shown once. What is hidden by an
// invalidation is not shown, as a get would not find it.
#include "api/cache.hpp"

#include "base/hash.hpp"

#include <aurelis/base/glob.hpp>

#include <unordered_set>

namespace aurelis::core {
namespace {

constexpr uint64_t kPage = 256;  // Keys; where entries may be hidden, this many values are held at a time.

}  // namespace

aurelis_status Cache::scan(std::string_view glob, const aurelis_read_options* options, aurelis_scan_fn visit,
                           void* user, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    std::unordered_set<uint64_t> shown;
    const std::string& prefix = keys().namespace_prefix();
    const auto is_unwanted = [&](const std::string& key) {
        return keys().is_reserved(key) || (!glob.empty() && !glob_fits(glob, key)) ||
               shown.contains(hash_bytes(key.data(), key.size()));
    };
    std::string why;  // A line for each layer that could not be asked.
    for (size_t i = 0; i < stack().size(); ++i) {
        if ((context.call.layers >> i & 1) != 0) continue;
        context.error.clear();
        aurelis_status status = AURELIS_OK;
        std::string after, next;
        do {
            std::vector<std::string> page;
            status = stack().layer(i).list_page(context, prefix, after, kPage, page, next);
            if (status < 0) break;
            std::erase_if(page, is_unwanted);
            status = stack().layer(i).keep_found(context, page);
            for (const std::string& key : page) {
                if (!shown.insert(hash_bytes(key.data(), key.size())).second) continue;
                const aurelis_scanned one{sizeof one, static_cast<uint32_t>(i + 1), bytes(key)};
                if (visit(user, &one) == 0) return AURELIS_OK;
            }
            after.swap(next);
        } while (status >= 0 && !after.empty());
        if (status < 0) why += (why.empty() ? "" : "\n") + stack().failure_of(i, context, status);
    }
    if (why.empty()) return AURELIS_OK;
    error = Error{AURELIS_PARTIAL, std::move(why)};
    return AURELIS_PARTIAL;
}

}  // namespace aurelis::core
