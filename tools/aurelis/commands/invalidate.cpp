// aurelis invalidate: hides entries by what they have in common, or by the rule of an event.
#include "commands/commands.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <algorithm>

namespace aurelis::cli {
namespace {

class Invalidate final : public Command {
public:
    std::string name() const override { return "invalidate"; }
    std::string summary() const override {
        return "invalidate entries by category, identifier, tag, pattern, age, size or event";
    }
    std::string examples() const override {
        return "aurelis invalidate user_data\n"
               "aurelis invalidate user_data user123\n"
               "aurelis invalidate aurelis:v1:user_data:user123\n"
               "aurelis invalidate --tag people --soft\n"
               "aurelis invalidate --pattern 'aurelis:*:model_responses:gpt-4o:*' --dry-run\n"
               "aurelis invalidate --event user_settings_changed --context user_id=42\n"
               "aurelis invalidate user_data --older-than 1d --larger-than 1MiB";
    }

    void describe(CLI::App& app) override {
        category_option_ =
            app.add_option("CATEGORY", category_, "entries of this category; alone: or the one of a full key")
                ->type_name("");
        identifier_option_ =
            app.add_option("ID", identifier_, "with this identifier and whatever params")->type_name("");
        app.add_option("--params", params_, "with exactly these params, a JSON object")->type_name("JSON");
        pattern_option_ =
            app.add_option("--pattern", pattern_, "whose key matches: a full key, or category:identifier")
                ->type_name("GLOB");
        tag_option_ = app.add_option("--tag", tag_, "with this tag")->type_name("TAG");
        event_option_ =
            app.add_option("--event", event_, "what the event's rule in `invalidation` names, instead of all this")
                ->type_name("NAME");
        app.add_option("--context", context_, "with --event: values of the rule's variables")
            ->type_name("NAME=VALUE");
        older_option_ = app.add_option("--older-than", older_than_, "created longer ago")->type_name("DURATION");
        larger_option_ =
            app.add_option("--larger-than", larger_than_, "whose value has more bytes")->type_name("SIZE");
        format_option_ = app.add_option("--format-id", format_id_,
                                        "that a serializer with this format id encoded: 1 json, 2 msgpack, 3 gzip, 4 "
                                        "lz4, 5 zstd, or that of another plugin")
                             ->type_name("1..255")
                             ->check(CLI::Range(1, 255).description(""));
        app.add_flag("--soft", soft_, "make them stale instead of misses");
        app.add_flag("--dry-run", dry_run_, "only count what it would hide in each layer");
        app.add_flag("--hide-only", hide_only_,
                     "neither count nor remove: returns at once, and processes that go on running remove the bytes");
    }

    Result<Exit> run() override {
        AURELIS_TRY(what, selection());
        AURELIS_TRY(context, event_context());
        AURELIS_TRY(cache, Cache::open(common.opening()));
        auto answer = invalidate(cache, what, context);
        if (!answer)
            return Error{answer.error().status,
                         answer.error().message + quotes_hint({pattern_, category_, identifier_})};
        const InvalidationReport& report = answer.value();
        const bool nothing = event_option_->count() != 0 && report.targets == 0;
        if (common.json)
            print_line(dump(shown_as_json(cache, report)));
        else if (!nothing)
            shown_as_table(cache, report).print();
        if (report.events_without_rule != 0) complain(report.without_rule);
        if (nothing) complain("nothing was invalidated; see `invalidation` in config/README.md");
        if (!report.complete) complain(report.problem);
        if (const std::string hint = hint_about(report); !hint.empty()) complain(hint);
        AURELIS_TRY_VOID(cache.close());
        return !report.complete ? Exit::Failure : nothing ? Exit::Miss : Exit::Done;
    }

private:
    Result<Invalidation> selection() const {
        const bool selects = category_option_->count() + pattern_option_->count() + tag_option_->count() +
                                 event_option_->count() + older_option_->count() + larger_option_->count() +
                                 format_option_->count() !=
                             0;
        if (!selects)
            return usage_error("invalidate: nothing says which entries; name a CATEGORY, --tag, --pattern or --event, "
                               "or remove all entries with: aurelis clear");
        if (!params_.empty() && identifier_option_->count() == 0)
            return usage_error("invalidate: --params needs a CATEGORY and an ID");
        if (dry_run_ && hide_only_)
            return usage_error("invalidate: --dry-run only counts and --hide-only does not count; give one of them");
        Invalidation what;
        what.soft = soft_;
        what.dry_run = dry_run_;
        what.count = what.remove = !dry_run_ && !hide_only_;
        if (tag_option_->count() != 0) what.tag = tag_;
        if (pattern_option_->count() != 0) what.pattern = pattern_;
        if (older_option_->count() != 0) {
            auto age = parse_duration(older_than_);
            if (!age) return usage_error("--older-than: " + age.error().message);
            what.older_than = Duration(std::chrono::nanoseconds(*age));
        }
        if (larger_option_->count() != 0) {
            const auto size = parse_size(larger_than_);
            if (!size) return usage_error("--larger-than: " + size.error().message);
            what.larger_than = *size;
        }
        what.format_id = static_cast<uint8_t>(format_id_);
        return what;
    }

    Result<EventContext> event_context() const {
        if (!context_.empty() && event_option_->count() == 0)
            return usage_error("invalidate: --context needs --event");
        EventContext context;
        for (const std::string& pair : context_) {
            const size_t equals = pair.find('=');
            if (equals == std::string::npos || equals == 0)
                return usage_error("--context: '" + printable(pair) + "' is not NAME=VALUE");
            if (!context.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
                return usage_error("--context: " + printable(pair.substr(0, equals)) + " is given twice");
        }
        return context;
    }

    Result<InvalidationReport> invalidate(const Cache& cache, const Invalidation& what,
                                          const EventContext& context) const {
        if (event_option_->count() != 0) {
            if (category_option_->count() != 0)
                return usage_error("invalidate: an event comes with no CATEGORY; its rule says what it invalidates");
            return cache.invalidate_on_event(event_, context, what);
        }
        if (category_option_->count() == 0) return cache.invalidate(what);
        AURELIS_TRY(is_key, is_full_key(cache));
        if (is_key) {
            if (what.pattern)
                return usage_error("invalidate: a full key and --pattern are given; give one of them");
            Invalidation exactly = what;
            exactly.pattern = literally(category_);
            return cache.invalidate(exactly);
        }
        AURELIS_TRY(category, cache.category(category_));
        if (identifier_option_->count() == 0) return category.invalidate_all(what);
        return category.invalidate(Id(identifier_).with(params_), what);
    }

    // One argument that begins with the namespace, as in keys.
    Result<bool> is_full_key(const Cache& cache) const {
        if (identifier_option_->count() != 0 || category_.find(':') == std::string::npos) return false;
        AURELIS_TRY(any, cache.category("a"));
        AURELIS_TRY(key, any.key_of("1"));
        return category_.starts_with(key.substr(0, key.find(':') + 1));
    }

    // The pattern that only this key matches.
    static std::string literally(const std::string& key) {
        std::string pattern;
        for (const char c : key) {
            if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
            pattern += c;
        }
        return pattern;
    }

    // Why nothing was selected, if that can be told; empty: something was, or it is not known.
    std::string hint_about(const InvalidationReport& report) const {
        if (event_option_->count() != 0 || !report.complete) return {};
        bool counted = false;
        for (const auto& layer : report.layers) {
            if (layer.matched.value_or(0) != 0) return {};
            counted = counted || layer.matched.has_value();
        }
        std::string why = suspicion();
        if (why.empty() && counted && category_option_->count() != 0 && identifier_option_->count() == 0)
            why = "the argument is a category; an identifier comes after one, as in: aurelis invalidate user_data 42";
        return why.empty() ? why : (counted ? "no entry matched: " : "perhaps no entry matched: ") + why;
    }

    // What looks like another thing than it counts as.
    std::string suspicion() const {
        constexpr const char* kWildcards = "*?[";
        const std::string category = printable(category_), tag = printable(tag_);
        if (tag_.find(',') != std::string::npos)
            return "'" + tag + "' counts as one tag; invalidate by several tags one after the other";
        if (tag_.find_first_of(kWildcards) != std::string::npos)
            return "the tag '" + tag + "' counts as it is written, without wildcards";
        if (category_.find_first_of(kWildcards) != std::string::npos)
            return "the category '" + category +
                   "' counts as it is written, without wildcards; did you mean --pattern '" + category +
                   (category_.find(':') == std::string::npos ? ":*'?" : "'?");
        const size_t colon = category_.find(':');
        if (identifier_option_->count() == 0 && colon != std::string::npos)
            return "'" + category + "' counts as a category; did you mean: aurelis invalidate " +
                   printable(category_.substr(0, colon)) + " " + printable(category_.substr(colon + 1));
        if (identifier_option_->count() == 0 && category_.find(',') != std::string::npos)
            return "'" + category + "' counts as one category; invalidate several one after the other";
        const bool has_wildcards = pattern_.find_first_of(kWildcards) != std::string::npos;
        if (std::count(pattern_.begin(), pattern_.end(), ':') == 2 && !has_wildcards)
            return "a ':' that belongs to an identifier is written as %3A in a pattern" +
                   quotes_hint({pattern_, category_, identifier_});
        const std::string quotes = quotes_hint({pattern_, category_, identifier_});
        return quotes.empty() ? quotes : "'" + printable(pattern_) + "' has no wildcards" + quotes;
    }

    // A pattern that the shell has expanded leaves the names of files.
    std::string quotes_hint(std::initializer_list<std::string> words) const {
        if (pattern_option_->count() == 0 || pattern_.find_first_of("*?[") != std::string::npos) return {};
        const bool is_file = std::any_of(words.begin(), words.end(), names_a_file);
        return is_file ? "; if the shell has expanded it, write the pattern in quotes" : "";
    }

    const char* word_for_matched() const { return dry_run_ ? "matched" : soft_ ? "made_stale" : "hidden"; }

    Json shown_as_json(const Cache& cache, const InvalidationReport& report) const {
        Json json{{"soft", soft_}, {"dry_run", dry_run_}, {"complete", report.complete}};
        if (event_option_->count() != 0) {
            json["targets"] = report.targets;
            json["events_without_rule"] = report.events_without_rule;
            if (report.events_without_rule != 0) json["without_rule"] = report.without_rule;
        }
        json["layers"] = Json::array();
        for (uint32_t i = 0; i < report.layers.size(); ++i) {
            const auto& layer = report.layers[i];
            json["layers"].push_back({{"name", std::string(cache.layer_name(i + 1))},
                                      {"status", std::string(status_name(layer.status))},
                                      {word_for_matched(), layer.matched ? Json(*layer.matched) : Json(nullptr)},
                                      {"removed", layer.removed ? Json(*layer.removed) : Json(nullptr)}});
        }
        return json;
    }

    Table shown_as_table(const Cache& cache, const InvalidationReport& report) const {
        const auto count = [](const std::optional<uint64_t>& n) { return n ? format_count(*n) : std::string("-"); };
        Table table(dry_run_ || soft_
                        ? std::vector<Table::Column>{{"layer"}, {dry_run_ ? "matched" : "made stale", true}}
                        : std::vector<Table::Column>{{"layer"}, {"hidden", true}, {"removed", true}});
        for (uint32_t i = 0; i < report.layers.size(); ++i) {
            std::vector<std::string> cells{std::string(cache.layer_name(i + 1)), count(report.layers[i].matched)};
            if (!dry_run_ && !soft_) cells.push_back(count(report.layers[i].removed));
            table.add(std::move(cells));
        }
        return table;
    }

    std::string category_, identifier_, params_, pattern_, tag_, event_, older_than_, larger_than_;
    std::vector<std::string> context_;
    unsigned format_id_ = 0;
    bool soft_ = false, dry_run_ = false, hide_only_ = false;
    CLI::Option *category_option_ = nullptr, *identifier_option_ = nullptr, *pattern_option_ = nullptr,
                *tag_option_ = nullptr, *event_option_ = nullptr, *older_option_ = nullptr, *larger_option_ = nullptr,
                *format_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_invalidate() { return std::make_unique<Invalidate>(); }

}  // namespace aurelis::cli
