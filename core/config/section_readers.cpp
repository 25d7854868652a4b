// The sections cache, keys, plugins, origins and categories.
#include "config/section_readers.hpp"

#include "config/files.hpp"
#include "config/map_reader.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aurelis::core {
namespace {

constexpr size_t kSha256Digits = 64;

std::optional<std::string> absolute_or_report(const Node& node, const std::string& what, const Config& config,
                                              Problems& problems) {
    if (node.damaged) return std::nullopt;
    const auto text = to_text(node);
    if (!text) {
        problems.add(node.line, what + ": " + text.error().message);
        return std::nullopt;
    }
    auto path = absolute_path(text.value(), config.folder);
    if (path) return std::move(path).value();
    problems.add(node.line, what + ": " + path.error().message);
    return std::nullopt;
}

// 64 hex digits in lower case, or nothing.
std::optional<std::string> digest_of(std::string text) {
    if (text.size() != kSha256Digits) return std::nullopt;
    for (char& c : text) {
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
    }
    return text;
}

void read_plugin_file(const Node& node, Config& config, Problems& problems) {
    PluginFileConfig plugin;
    plugin.line = node.line;
    const Node* file = &node;  // A plain path is short for {file: PATH}.
    if (node.kind != Node::Kind::Scalar) {
        const MapReader reader(node, "plugins: files: ", {"file", "sha256"}, problems);
        file = reader.required_text("file", "file: ./acme.so") ? reader.find("file") : nullptr;
        const auto digest = reader.text("sha256");
        if (digest) plugin.sha256 = digest_of(*digest).value_or("");
        if (digest && plugin.sha256.empty())
            reader.report(
                *node.find("sha256"), "sha256",
                "must be 64 hex digits, got " + shown(*node.find("sha256")) + "; `sha256sum FILE` prints them");
    }
    if (file == nullptr) return;
    auto path = absolute_or_report(*file, "plugins: files: 'file'", config, problems);
    if (!path) return;
    plugin.file = std::move(*path);
    for (const PluginFileConfig& other : config.plugin_files)
        if (other.file == plugin.file)
            problems.add(plugin.line, "plugins: files: '" + printable(plugin.file) + "' was given before, in line " +
                                          std::to_string(other.line) + "; remove one of the two");
    config.plugin_files.push_back(std::move(plugin));
}

void read_tags(const Node& list, const std::string& place, CategoryConfig& category, Problems& problems) {
    std::vector<std::string>& tags = category.tags.emplace();
    if (list.items.size() > kTagsMax)
        problems.add(list.line, place + "'tags': there are " + std::to_string(list.items.size()) +
                                    ", an entry has at most " + std::to_string(kTagsMax) + "; remove some");
    for (const Node& item : list.items) {
        if (item.damaged) continue;
        const auto tag = to_text(item);
        if (!tag || tag.value().empty()) {
            problems.add(item.line, place + "'tags': expected a list of names, got " + shown(item) + " in it");
        } else if (tag.value().size() > kTagBytesMax) {
            problems.add(item.line, place + "'tags': " + shown(item) + " has " + std::to_string(tag.value().size()) +
                                        " bytes, a tag has at most " + std::to_string(kTagBytesMax) + "; shorten it");
        } else if (std::find(tags.begin(), tags.end(), tag.value()) != tags.end()) {
            problems.add(item.line, place + "'tags': " + shown(item) + " is listed twice; remove one");
        } else {
            tags.push_back(tag.value());
        }
    }
}

// A name, "host:NAME", or {host: NAME}.
void read_origin_of(const Node& node, const MapReader& reader, const std::string& place, CategoryConfig& category,
                    Problems& problems) {
    category.origin_line = node.line;
    if (node.kind == Node::Kind::Map) {
        const MapReader marked(node, place + "origin: ", {"host"}, problems);
        const auto name = marked.required_text("host", "origin: {host: users_db}");
        if (name) category.origin = "host:" + *name;
        return;
    }
    category.origin = reader.text("origin").value_or("");
    if (category.origin != "host:") return;
    reader.report(node, "origin", "lacks the name after 'host:'; write it as {host: NAME}");
}

}  // namespace

void read_cache_section(const Node& section, Config& config, Problems& problems) {
    const MapReader reader(section, "cache: ",
                           {"namespace", "version", "max_value_bytes", "lease", "close_timeout", "wait_timeout"},
                           problems);
    config.name_space = reader.text("namespace").value_or(config.name_space);
    config.version = reader.text("version").value_or(config.version);
    config.max_value_bytes = reader.size("max_value_bytes").value_or(config.max_value_bytes);
    config.lease_ns = reader.duration("lease").value_or(config.lease_ns);
    config.close_timeout_ns = reader.duration("close_timeout").value_or(config.close_timeout_ns);
    config.wait_timeout_ns = reader.duration("wait_timeout").value_or(config.wait_timeout_ns);
    if (config.wait_timeout_ns == 0)
        reader.report(*section.find("wait_timeout"), "wait_timeout",
                      "must be above 0; concurrent calls for one key could not wait for each other without one");
    if (config.lease_ns > 0) return;
    reader.report(*section.find("lease"), "lease", "must be above 0; no load could be published without one");
}

void read_keys_section(const Node& section, Config& config, Problems& problems) {
    const MapReader reader(section, "keys: ", {"format"}, problems);
    const auto format = reader.text("format");
    if (!format || *format == "default") return;
    if (*format == "compat") {
        config.key_format = KeyFormat::Compat;
        return;
    }
    const Node& node = *section.find("format");
    reader.report(node, "format", "must be default or compat, got " + shown(node));
}

void read_plugins_section(const Node& section, Config& config, Problems& problems) {
    const MapReader reader(section, "plugins: ", {"search", "files"}, problems);
    if (const Node* folders = reader.list("search")) {
        for (const Node& item : folders->items) {
            auto path = absolute_or_report(item, "plugins: 'search'", config, problems);
            if (!path) continue;
            std::error_code error;
            if (!std::filesystem::is_directory(*path, error))
                problems.warn(item.line,
                              "plugins: 'search': " + printable(*path) +
                                  (std::filesystem::exists(*path, error) ? " is not a folder" : " does not exist") +
                                  ", so no plugin is found there; create it or correct the path");
            config.plugin_folders.push_back(std::move(*path));
        }
    }
    if (const Node* files = reader.list("files"))
        for (const Node& item : files->items) read_plugin_file(item, config, problems);
}

// What a name under `origins` lacks; empty: nothing.
static std::string mistake_in_origin_name(const std::string& name) {
    if (!name.starts_with(kHostOriginMark)) return mistake_in_name(name);
    const auto of_host = std::string_view(name).substr(kHostOriginMark.size());
    return of_host.empty() ? "lacks what follows 'host:'; write it as \"host:NAME\"" : mistake_in_name(of_host);
}

void read_origins(const Node& section, Config& config, Problems& problems) {
    for (const auto& [name, node] : section.members) {
        const std::string place = "origin " + printable(name) + ": ";
        const MapReader reader(node, place, {"backend", "timeout", "breaker", "max_parallel", "rate", "options"},
                               problems);
        OriginConfig origin;
        origin.name = name;
        origin.line = node.line_of_key();
        const std::string mistake = mistake_in_origin_name(name);
        if (!mistake.empty()) problems.add(origin.line, place + "the name " + mistake);
        origin.door = read_door(reader, place, problems);
        const Node* backend = node.find("backend");
        origin.backend_line = backend == nullptr ? origin.line : backend->line;
        origin.options.kind = Node::Kind::Map;
        origin.options.line = origin.line;
        if (origin.is_of_host()) {
            for (const char* key : {"backend", "options"})
                if (const Node* said = node.find(key))
                    reader.report(*said, key,
                                  "means nothing here, since the host registers this origin; remove it, or choose a "
                                  "name that does not begin with 'host:'");
        } else {
            origin.backend = reader.required_text("backend", "backend: sqlite-disk").value_or("");
            if (const Node* options = reader.map("options")) origin.options = *options;
        }
        config.origins.push_back(std::move(origin));
    }
}

static void read_refresh_of(const Node& node, const MapReader& reader, CategoryConfig& category) {
    if (category.ttl && category.ttl->never)
        return reader.report(node, "refresh_at", "means nothing with 'ttl: never'; remove one of the two");
    const auto text = to_text(node);
    const auto share = to_share(node);
    if (text && text.value() == "probabilistic")
        category.refresh = EarlyRefresh{0, true};
    else if (share)
        category.refresh = EarlyRefresh{share.value(), false};
    else
        reader.report(node, "refresh_at", "must be a share such as 80%, or probabilistic, got " + shown(node));
}

// What is said with the ttl of `default`. The other way round, a category that never expires, needs no second word.
static void check_inherited_ttl(const Config& config, Problems& problems) {
    const CategoryConfig* const fallback = config.category("default");
    if (fallback == nullptr || !fallback->ttl || !fallback->ttl->never) return;
    for (const CategoryConfig& category : config.categories) {
        if (&category == fallback || category.ttl) continue;
        const auto refuse = [&](const char* key, bool is_said) {
            if (!is_said) return;
            problems.add(category.line, "category " + printable(category.name) + ": '" + key +
                                            "' means nothing with the 'ttl: never' of default; give the category a "
                                            "ttl, or remove '" + key + "'");
        };
        refuse("stale", category.stale_ns.value_or(0) != 0);
        refuse("jitter", category.jitter.value_or(0) > 0);
        refuse("refresh_at", category.refresh && category.refresh->is_wanted());
    }
}

static void check_soft_timeouts(const Config& config, Problems& problems) {
    const CategoryConfig* const fallback = config.category("default");
    for (const CategoryConfig& category : config.categories) {
        const int64_t stale = category.stale_ns.value_or(fallback != nullptr ? fallback->stale_ns.value_or(0) : 0);
        if (category.soft_timeout_ns.value_or(0) == 0 || stale != 0 || &category == fallback) continue;
        problems.add(category.line, "category " + printable(category.name) +
                                        ": 'soft_timeout' means nothing without a stale time; add 'stale', or say "
                                        "'hard_timeout'");
    }
}

static void check_coalescing(const Config& config, Problems& problems) {
    const CategoryConfig* const fallback = config.category("default");
    for (const CategoryConfig& category : config.categories) {
        const auto refuse = [&](const std::string& what) {
            problems.add(category.line, "category " + printable(category.name) + ": " + what);
        };
        const bool from_default = fallback != nullptr && &category != fallback;
        const int64_t window =
            category.coalesce_window_ns.value_or(from_default ? fallback->coalesce_window_ns.value_or(0) : 0);
        if (category.coalesce_max && window == 0)
            refuse("'coalesce_max' means nothing without 'coalesce_window'; add it, or remove 'coalesce_max'");
        const bool has_origin = !category.origin.empty() || (from_default && !fallback->origin.empty());
        // In `default` it is for the categories that have one.
        if (category.coalesce_window_ns.value_or(0) != 0 && !has_origin && category.name != "default")
            refuse("'coalesce_window' means nothing without an origin, since only its loads are gathered; add "
                   "'origin', or remove 'coalesce_window'");
    }
}

void read_categories(const Node& section, Config& config, Problems& problems) {
    for (const auto& [name, node] : section.members) {
        const std::string place = "category " + printable(name) + ": ";
        const MapReader reader(node, place,
                               {"ttl", "stale", "idle", "jitter", "refresh_at", "negative_ttl", "failure_pause",
                                "soft_timeout", "hard_timeout", "coalesce_window", "coalesce_max", "origin", "tags",
                                "require", "strategies"},
                               problems);
        CategoryConfig category;
        category.name = name;
        category.line = node.line_of_key();
        const std::string mistake = mistake_in_name(name);
        if (!mistake.empty()) problems.add(category.line, place + "the name " + mistake);
        category.ttl = reader.ttl("ttl");
        category.stale_ns = reader.duration("stale");
        if (category.stale_ns.value_or(0) != 0 && category.ttl && category.ttl->never)
            reader.report(*reader.find("stale"), "stale", "means nothing with 'ttl: never'; remove one of the two");
        category.idle_ns = reader.duration("idle");
        if (const Node* idle = reader.find("idle")) category.idle_line = idle->line;
        category.jitter = reader.share("jitter");
        if (category.jitter.value_or(0) > 0 && category.ttl && category.ttl->never)
            reader.report(*reader.find("jitter"), "jitter", "means nothing with 'ttl: never'; remove one of the two");
        if (const Node* refresh = reader.find("refresh_at")) read_refresh_of(*refresh, reader, category);
        category.soft_timeout_ns = reader.duration("soft_timeout");
        category.hard_timeout_ns = reader.duration("hard_timeout");
        category.coalesce_window_ns = reader.duration("coalesce_window");
        if (const auto most = reader.integer("coalesce_max")) {
            if (*most < 2 || *most > int64_t{CategoryConfig::kCoalesceLargest})
                reader.report(*reader.find("coalesce_max"), "coalesce_max",
                              "must be from 2 to " + std::to_string(CategoryConfig::kCoalesceLargest) + ", got " +
                                  shown(*reader.find("coalesce_max")));
            else
                category.coalesce_max = static_cast<size_t>(*most);
        }
        category.negative_ttl_ns = reader.duration("negative_ttl");
        category.failure_pause_ns = reader.duration("failure_pause");
        if (const Node* origin = reader.find("origin")) read_origin_of(*origin, reader, place, category, problems);
        if (const Node* tags = reader.list("tags")) read_tags(*tags, place, category, problems);
        if (const Node* strategies = reader.list("strategies"))
            category.strategies = read_strategies(*strategies, place, problems);
        if (const auto what = reader.text("require")) {
            category.require_persistent = *what == "persistent";
            if (*what != "persistent" && *what != "any")
                reader.report(*reader.find("require"), "require",
                              "must be persistent or any, got " + shown(*reader.find("require")));
        }
        config.categories.push_back(std::move(category));
    }
    check_inherited_ttl(config, problems);
    check_soft_timeouts(config, problems);
    check_coalescing(config, problems);
}

}  // namespace aurelis::core
