// Scanning: the keys of this cache's namespace, layer by layer from the top, each shown once.
#include "api/cache.hpp"

#include "base/hash.hpp"
#include "base/names.hpp"

#include <unordered_set>

namespace aurelis::core {
namespace {

// A glob over whole keys: * ? [set] [!set] \escape. Iterative, so that no pattern takes more than |key| x |glob| steps.
bool glob_fits(std::string_view glob, std::string_view text) {
    size_t g = 0, t = 0, star = std::string_view::npos, mark = 0;
    const auto step = [&](size_t& at) {  // Matches one character of text at glob[at]; moves at behind the item.
        if (at >= glob.size()) return false;
        const auto here = static_cast<unsigned char>(text[t]);
        if (glob[at] == '?') return ++at, true;
        if (glob[at] == '[') {
            size_t i = at + 1;
            const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
            if (negated) ++i;
            bool hit = false;
            for (bool first = true; i < glob.size() && (first || glob[i] != ']'); first = false, ++i) {
                if (glob[i] == '\\' && i + 1 < glob.size()) ++i;
                const auto low = static_cast<unsigned char>(glob[i]);
                auto high = low;
                if (i + 2 < glob.size() && glob[i + 1] == '-' && glob[i + 2] != ']') high = static_cast<unsigned char>(glob[i += 2]);
                hit |= low <= here && here <= high;
            }
            if (i >= glob.size()) return glob[at] == text[t] ? (++at, true) : false;  // An unclosed [ is itself.
            at = i + 1;
            return hit != negated;
        }
        size_t i = at;
        if (glob[i] == '\\' && i + 1 < glob.size()) ++i;
        if (glob[i] != text[t]) return false;
        at = i + 1;
        return true;
    };
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = ++g;
            mark = t;
            continue;
        }
        size_t next = g;
        if (step(next)) {
            g = next;
            ++t;
        } else if (star != std::string_view::npos) {
            g = star;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

}  // namespace

aurelis_status Cache::scan(std::string_view glob, const aurelis_read_options* options, aurelis_scan_fn visit,
                           void* user, Error& error) {
    CallContext context;
    if (begin(context, options, error) != AURELIS_OK) return error.status;
    std::unordered_set<uint64_t> shown;
    const std::string& prefix = keys().namespace_prefix();
    aurelis_status result = AURELIS_OK;
    for (size_t i = 0; i < stack().size(); ++i) {
        if ((context.call.layers >> i & 1) != 0) continue;
        bool enough = false;
        const aurelis_status status = stack().layer(i).list(context, prefix, [&](std::string_view key) {
            if (keys().is_reserved(key) || (!glob.empty() && !glob_fits(glob, key))) return true;
            if (!shown.insert(hash_bytes(key.data(), key.size())).second) return true;
            const aurelis_scanned one{sizeof one, static_cast<uint32_t>(i + 1), bytes(key)};
            enough = visit(user, &one) == 0;
            return !enough;
        });
        if (enough) return AURELIS_OK;
        if (status >= 0) continue;
        const std::string why = context.error.empty() ? status_name(status) : context.error;
        error = Error{AURELIS_PARTIAL, "layer " + stack().layer(i).spec().name + ": " + why};
        result = AURELIS_PARTIAL;
    }
    return result;
}

}  // namespace aurelis::core
