// Inspecting a plugin in a separate process. The child's answer begins with a letter, D for a description or E and the
// status of an error, and ends with a full stop: a plugin that ends the process early, even with status 0, leaves no
// such answer.
#include "commands/plugin_probe.hpp"

#include "output/text.hpp"
#include "process/child.hpp"

#include <aurelis/cache.hpp>

#include <unistd.h>

#include <charconv>

namespace aurelis::cli {
namespace {

// "E-5 text" without its full stop.
Error error_in(std::string_view answer) {
    aurelis_status status = AURELIS_E_FAILED;
    answer.remove_prefix(1);
    const size_t blank = std::min(answer.find(' '), answer.size());
    std::from_chars(answer.data(), answer.data() + blank, status);
    answer.remove_prefix(std::min(blank + 1, answer.size()));
    return fail(status, std::string(answer));
}

}  // namespace

Result<std::string> probe_plugin(const std::string& plugin, const std::string& config, int64_t limit_ns) {
    ChildRequest request;
    request.arguments = {kInspectCommand};
    if (!config.empty()) request.arguments.insert(request.arguments.end(), {"--config", config});
    request.arguments.insert(request.arguments.end(), {"--", plugin});
    request.limit_ns = limit_ns;
    AURELIS_TRY(end, run_child(request));
    std::string_view answer = end.answer;
    const bool complete = !end.timed_out && answer.size() > 1 && answer.back() == '.';
    if (complete) answer.remove_suffix(1);
    if (complete && answer.front() == 'D') return std::string(answer.substr(1));
    if (complete && answer.front() == 'E') return error_in(answer);
    return fail(AURELIS_E_FAILED, "plugin " + printable(plugin) + ": the process that loaded it " +
                                      end.description(limit_ns) +
                                      " while it was being loaded; rebuild the plugin, or remove it");
}

void inspect_and_end(const std::string& plugin, const std::string& config) {
    become_child();
    OpenOptions options;
    options.file = config;
    const auto described = inspect_plugin_json(plugin, options);
    const std::string answer = described ? "D" + *described
                                         : "E" + std::to_string(described.error().status) + " " +
                                               described.error().message;
    _exit(answer_parent(answer + ".") ? 0 : 3);
}

}  // namespace aurelis::cli
