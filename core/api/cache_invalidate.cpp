// Invalidating: from what a caller selects to the stamps or the ban that hides it.
#include "api/cache.hpp"
#include "api/cache_builder.hpp"
#include "api/call_terms.hpp"

#include "config/values.hpp"
#include "keys/escape.hpp"
#include "keys/glob_items.hpp"
#include "keys/key_pattern.hpp"

#include <aurelis/base/glob.hpp>

#include <algorithm>
#include <optional>

namespace aurelis::core {
namespace {

constexpr uint32_t kFlags =
    AURELIS_INVALIDATE_SOFT | AURELIS_INVALIDATE_DRY_RUN | AURELIS_INVALIDATE_COUNT | AURELIS_INVALIDATE_REMOVE;

aurelis_status refuse(Error& error, std::string why, aurelis_status status = AURELIS_E_INVALID) {
    error = Error{status, std::move(why)};
    return status;
}

// Given, though perhaps without bytes.
bool is_given(const aurelis_bytes& text) noexcept { return text.data != nullptr || text.size != 0; }

const char* mistake_in(const aurelis_invalidation& what) noexcept {
    if ((what.flags & ~kFlags) != 0)
        return "the flags of the invalidation have bits that this library does not know; leave them out, or use a "
               "newer one";
    if (what.part_count != 0 && what.parts == nullptr)
        return "part_count is above 0 but parts is NULL; point it to the identifier";
    if (what.part_count != 0 && what.category == nullptr)
        return "an identifier is given without a category; give both, or a tag or a pattern";
    if (what.part_count == 0 && what.params.size != 0)
        return "params are given without an identifier; give both, or leave the params out";
    if (what.part_count != 0 && is_given(what.pattern) && (what.params.size != 0 || is_given(what.tag)))
        return "an identifier and a pattern are given together with params or a tag; leave the pattern out, or write "
               "the identifier into it";
    if ((what.flags & AURELIS_INVALIDATE_DRY_RUN) != 0 && (what.flags & AURELIS_INVALIDATE_REMOVE) != 0)
        return "a dry run removes nothing; leave one of AURELIS_INVALIDATE_DRY_RUN and AURELIS_INVALIDATE_REMOVE out";
    for (size_t i = 0; i < std::min(what.part_count, kPartsMax); ++i)
        if (what.parts[i].data == nullptr && what.parts[i].size != 0)
            return "a part of the identifier has a size but no data; point it to its bytes";
    for (const aurelis_bytes* text : {&what.params, &what.tag, &what.pattern, &what.event, &what.context})
        if (text->data == nullptr && text->size != 0)
            return "the params, tag, pattern, event or context have a size but no data; point them to their bytes";
    if (is_given(what.tag) && (what.tag.size == 0 || what.tag.size > kTagBytesMax))
        return "a tag must have 1 to 1024 bytes; to invalidate everything, leave it out";
    if (valid_utf8_prefix(view(what.tag)) != what.tag.size) return "the tag is not UTF-8; write it as text";
    if (is_given(what.pattern) && what.pattern.size == 0)
        return "the pattern is empty; write category:identifier, or leave it out to invalidate everything";
    if (is_given(what.event) &&
        (what.category != nullptr || what.part_count != 0 || is_given(what.tag) || is_given(what.pattern) ||
         what.older_than_ns != 0 || what.larger_than != 0 || what.format_id != 0))
        return "an event comes with nothing else that selects entries, since its rule does; leave the rest out";
    if (!is_given(what.event) && what.context.size != 0)
        return "a context is given without an event; give both, or leave the context out";
    if (is_given(what.event) && what.event.size == 0)
        return "the event has no name; give one, or leave it out to invalidate everything";
    if (what.format_id > 255) return "format_id is above 255; see the ids in the SDK's README, or 0 for any";
    if (what.older_than_ns < 0) return "the age must not be below 0; 0 means any";
    if (what.older_than_ns > kLongestNs) return "the age is longer than 106751 days; give a shorter one";
    return mistake_in_timeout(what.timeout_ns);
}

// The stamp that does what the pattern means; none: it takes a ban.
std::optional<Stamp> stamp_of(const KeyPattern& pattern, KeyFormat format) {
    if (pattern.is_full() || !pattern.category()) return std::nullopt;
    const std::string category = escaped(*pattern.category());
    // An entry that is only known by its key has another name in the compat format, if anything is escaped.
    if (format == KeyFormat::Compat &&
        (pattern.text().find('%') != std::string_view::npos || category != *pattern.category()))
        return std::nullopt;
    if (pattern.reach() == KeyPattern::Reach::Category) return Stamp::of_category(category);
    if (pattern.reach() != KeyPattern::Reach::Identifier) return std::nullopt;
    const std::string text = literal_prefix(items_of(pattern.text()));  // All of it.
    return Stamp::of_identifier(category, std::string_view(text).substr(text.find(':') + 1));
}

// A name, by its key or, where it is stored, by its identity; one without an identity has only its key.
PatternMatch match_of(std::string key, std::string identity) {
    return [key = std::move(key), identity = std::move(identity)](std::string_view its_key, std::string_view its) {
        return its.empty() || identity.empty() ? its_key == key : its == identity;
    };
}

bool matches_any(std::string_view, std::string_view) { return true; }

// Besides a pattern.
bool has_conditions(const Ban& ban) noexcept { return ban.larger_than != 0 || ban.format_id != 0; }

// Adds what a pattern selects, as far as it meets the conditions: a stamp if one does the same, else a ban of `of`, or
// of the pattern's category.
void add_pattern(KeyPattern pattern, KeyFormat format, Stamp of, const Ban& conditions, Stack::Invalidation& out) {
    if (of.kind == StampKind::Everything) {
        out.add_prefix(pattern.prefix());
        // The category is also what this becomes when there are too many bans.
        const auto stamp = stamp_of(pattern, format);
        if (stamp && !has_conditions(conditions)) return out.stamps.push_back(*stamp);
        if (pattern.category() && (format != KeyFormat::Compat || escaped(*pattern.category()) == *pattern.category()))
            of = Stamp::of_category(escaped(*pattern.category()));
    }
    Ban& ban = out.bans.emplace_back(conditions);
    ban.of = of;
    ban.pattern = pattern.text();
    ban.matches = match_of(std::move(pattern));
}

// As many lines as there is room for.
template <size_t kRoom>
void give_text(const std::vector<std::string>& lines, char (&to)[kRoom]) {
    constexpr std::string_view kMore = "\n...";
    std::string text;
    for (const std::string& line : lines) {
        if (text.size() + line.size() + 1 + kMore.size() >= kRoom) {
            text += kMore;
            break;
        }
        text += (text.empty() ? "" : "\n") + line;
    }
    const size_t size = valid_utf8_prefix(std::string_view(text).substr(0, kRoom - 1));
    std::copy_n(text.begin(), size, to);
    to[size] = '\0';
}

// The pattern for those entries of the category that it matches; an error: there can be none, or none can be written.
Result<std::string> within_category(const KeyPattern& pattern, const std::string& category, bool must_be_written) {
    const auto refuse = [&](const std::string& why) {
        return fail(AURELIS_E_INVALID,
                    "the category '" + printable(category) + "' and the pattern '" + printable(pattern.text()) +
                        "': " + why);
    };
    constexpr const char* kNone = "no entry of the category can match; leave one of the two out";
    if (pattern.is_full()) {
        if (pattern.category() && *pattern.category() != category) return refuse(kNone);
        if (must_be_written)
            return refuse("together with a tag, write the category into the full pattern, and leave it out otherwise");
        return pattern.text();
    }
    const std::vector<GlobItem> items = items_of(pattern.text());
    const size_t colon = find_byte(items, ':');
    if (!glob_fits(glob_of(GlobItems(items).first(colon)), escaped(category))) return refuse(kNone);
    return pattern_of_field(category) + glob_of(GlobItems(items).subspan(colon));
}

void give_report(const Stack& stack, const Stack::Reach* each, bool counted, aurelis_invalidation_report& report) {
    report.layer_count = static_cast<uint32_t>(stack.size());
    for (size_t i = 0; i < stack.size(); ++i) {
        report.layers[i] = each[i].status;
        report.matched[i] = counted ? each[i].matched : UINT64_MAX;
        report.removed[i] = each[i].removed;
    }
}

}  // namespace

aurelis_status Cache::select(const aurelis_invalidation& what, Stack::Invalidation& out, Error& error) const {
    // Of what is selected; a second one for entries that are only known by a key of the compat format.
    std::vector<Stamp> of{Stamp::of_everything()};
    std::string pattern(view(what.pattern));
    const std::string raw_category = what.category == nullptr ? std::string() : what.category->keys.category();
    const std::string category = escaped(raw_category);
    const bool is_compat = keys().format() == KeyFormat::Compat;
    PatternMatch exactly;  // Of a name with params.
    if (what.part_count != 0) {
        const Parts parts(what.parts, what.part_count);
        aurelis_name name{};
        name.category = what.category;
        name.parts = what.parts;
        name.part_count = what.part_count;
        Named named;
        if (names_.resolve(name, named, error) != AURELIS_OK) return error.status;
        std::string identifier(default_identifier_size(parts, true), '\0');
        write_default_identifier(parts, true, identifier.data());
        of = {Stamp::of_identifier(category, identifier)};
        const std::string_view key = named.built.key;
        if (is_compat)
            of.push_back(Stamp::of_identifier(raw_category, key.substr(what.category->keys.prefix().size())));
        if (what.params.size != 0) {
            name.params = what.params;
            Named with_params;
            if (names_.resolve(name, with_params, error) != AURELIS_OK) return error.status;
            pattern = pattern_of_key(with_params.built.key, keys().format());
            exactly = match_of(std::string(with_params.built.key), std::string(with_params.identity()));
        }
    } else if (what.category != nullptr) {
        of = {Stamp::of_category(category)};
        if (is_compat) of.push_back(Stamp::of_category(raw_category));
    }
    Ban conditions;
    conditions.larger_than = what.larger_than;
    conditions.format_id = static_cast<uint8_t>(what.format_id);
    std::string prefix = keys().namespace_prefix();
    if (what.category != nullptr) prefix = what.category->keys.prefix();
    if (what.tag.size != 0) {
        if (what.category != nullptr && pattern.empty()) {  // Both apply: one as a stamp, the other as a pattern.
            pattern = pattern_of_field(what.category->keys.category());
            for (size_t i = 0; i < what.part_count; ++i) pattern += ':' + pattern_of_field(view(what.parts[i]));
            if (what.part_count == 0) pattern += ":*";
        }
        of = {Stamp::of_tag(view(what.tag))};
        prefix = keys().namespace_prefix();
    }
    if (!pattern.empty()) {
        auto parsed =
            is_given(what.pattern) ? KeyPattern::parse_written(pattern, keys()) : KeyPattern::parse(pattern, keys());
        // Not every key can be written as a pattern. Others read it as one, and hide all of the identifier then.
        if (!parsed && exactly != nullptr && what.tag.size == 0) {
            out.add_prefix(prefix);
            for (const Stamp& stamp : of) {
                Ban& ban = out.bans.emplace_back(conditions);
                ban.of = stamp;
                ban.pattern = pattern;
                ban.matches = exactly;
            }
            return AURELIS_OK;
        }
        if (!parsed) return refuse(error, parsed.error().message);
        if (is_given(what.pattern) && what.category != nullptr) {  // Both apply.
            auto within = within_category(parsed.value(), raw_category, what.tag.size != 0);
            if (!within) return refuse(error, within.error().message);
            if (what.tag.size != 0) parsed = KeyPattern::parse(within.value(), keys());
            if (!parsed) return refuse(error, parsed.error().message);
        }
        if (of.front().kind != StampKind::Everything) out.add_prefix(prefix);
        for (const Stamp& stamp : of) add_pattern(parsed.value(), keys().format(), stamp, conditions, out);
        return AURELIS_OK;
    }
    out.add_prefix(prefix);
    for (const Stamp& stamp : of) {
        if (!has_conditions(conditions)) {
            out.stamps.push_back(stamp);
            continue;
        }
        Ban& ban = out.bans.emplace_back(conditions);
        ban.of = stamp;
        ban.matches = matches_any;
    }
    return AURELIS_OK;
}

aurelis_status Cache::select_by_event(const aurelis_invalidation& what, Stack::Invalidation& out,
                                      std::vector<std::string>& keys_to_remove, aurelis_invalidation_report& report,
                                      Error& error) const {
    auto context = EventContext::from_json(view(what.context));
    if (!context) return error = context.error(), error.status;
    auto expanded = rules_.expand(view(what.event), context.value());
    if (!expanded) return error = expanded.error(), error.status;
    report.target_count = static_cast<uint32_t>(expanded->targets.size());
    report.events_without_rule = static_cast<uint32_t>(expanded->without_rule.size());
    give_text(expanded->about_those, report.without_rule);
    for (InvalidationTarget& target : expanded->targets) {
        switch (target.kind) {
            case InvalidationTarget::Kind::Category: {
                const auto opened = keys().open(target.text);
                if (!opened) return error = opened.error(), error.status;
                out.stamps.push_back(Stamp::of_category(escaped(target.text)));
                if (keys().format() == KeyFormat::Compat) out.stamps.push_back(Stamp::of_category(target.text));
                out.add_prefix(opened->prefix());
                break;
            }
            case InvalidationTarget::Kind::Tag:
                out.stamps.push_back(Stamp::of_tag(target.text));
                out.add_prefix(keys().namespace_prefix());
                break;
            case InvalidationTarget::Kind::Pattern:
                add_pattern(std::move(*target.pattern), keys().format(), Stamp::of_everything(), {}, out);
                break;
            case InvalidationTarget::Kind::Key: keys_to_remove.push_back(std::move(target.text)); break;
            case InvalidationTarget::Kind::Event: break;  // Its targets are among these.
        }
    }
    return AURELIS_OK;
}

// A key is removed, which takes no room among the bans; to become stale, or to be counted, it is selected as a pattern.
// Only copies are removed: as with every invalidation, the origin keeps what it has.
aurelis_status Cache::remove_keys(const std::vector<std::string>& keys, const aurelis_write_options& options,
                                  Stack::Reach* each, Error& error) {
    for (const std::string& key : keys) {
        aurelis_name name{};
        name.key = bytes(key);
        Named named;
        CallContext context;
        if (names_.resolve(name, named, error) != AURELIS_OK) return error.status;
        if (begin(context, &options, error) != AURELIS_OK) return error.status;
        context.call.flags |= AURELIS_CALL_CACHES_ONLY;
        aurelis_status layers[kStackLayersMax] = {};
        const aurelis_status status = named.policy->chain->remove(context, named.key, layers);
        const std::string why =
            key + " could not be removed: " +
            (context.error.empty() ? std::string("a layer could not remove the key") : context.error);
        const bool is_of_a_layer = std::any_of(layers, layers + stack().size(),
                                               [](aurelis_status of_layer) { return of_layer < 0; });
        if (status < 0 && !is_of_a_layer) {
            each[0].status = std::min(each[0].status, status);
            each[0].problem += (each[0].problem.empty() ? "" : "\n") + why;
        }
        for (size_t i = 0; i < stack().size(); ++i) {
            if (layers[i] == AURELIS_OK && each[i].removed != UINT64_MAX) ++each[i].removed;
            if (layers[i] >= 0 || each[i].status < 0) continue;
            each[i].status = layers[i];
            each[i].problem = stack().layer(i).spec().name + ": " + why;
        }
    }
    return AURELIS_OK;
}

aurelis_status Cache::invalidate(const aurelis_invalidation& what, aurelis_invalidation_report& report, Error& error) {
    if (const char* mistake = mistake_in(what)) return refuse(error, mistake);
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.timeout_ns = what.timeout_ns;
    options.cancel = what.cancel;
    options.trace = what.trace;
    CallContext context;
    if (begin(context, &options, error) != AURELIS_OK) return error.status;
    const bool dry = (what.flags & AURELIS_INVALIDATE_DRY_RUN) != 0;
    const bool soft = (what.flags & AURELIS_INVALIDATE_SOFT) != 0;
    const bool counts = dry || (what.flags & AURELIS_INVALIDATE_COUNT) != 0;
    Stack::Invalidation invalidation;
    invalidation.soft = soft;
    invalidation.age_ns = what.older_than_ns;
    std::vector<std::string> single;
    const aurelis_status selected = what.event.size != 0
                                        ? select_by_event(what, invalidation, single, report, error)
                                        : select(what, invalidation, error);
    if (selected != AURELIS_OK) return selected;
    Stack::Reach each[kStackLayersMax];
    Stack::Invalidation with_keys;
    if (counts || soft) {
        with_keys = invalidation;
        for (const std::string& key : single) {
            auto pattern = KeyPattern::parse(pattern_of_key(key, keys().format()), keys());
            if (!pattern) return refuse(error, "the key " + printable(key) + ": " + pattern.error().message);
            add_pattern(std::move(pattern).value(), keys().format(), Stamp::of_everything(), {}, with_keys);
            with_keys.bans.back().matches = match_of(key, {});
        }
    }
    if (counts && !with_keys.is_empty()) stack().count(context, with_keys, each);
    if (!dry) {
        if (!soft && remove_keys(single, options, each, error) < 0) return error.status;
        Stack::Invalidation& all = soft ? with_keys : invalidation;
        if (!all.is_empty()) {
            stack().invalidate(context, all, each);
            if (!soft && (what.flags & AURELIS_INVALIDATE_REMOVE) != 0) stack().sweep(context, all, each);
        }
    }
    give_report(stack(), each, counts, report);
    std::string problems;
    for (size_t i = 0; i < stack().size(); ++i)
        if (each[i].status < 0) problems += (problems.empty() ? "" : "\n") + each[i].problem;
    return problems.empty() ? aurelis_status{AURELIS_OK} : refuse(error, std::move(problems), AURELIS_PARTIAL);
}

}  // namespace aurelis::core
