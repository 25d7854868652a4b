// aurelis run, the main job: replays a real request trace through the configured cache, pass after pass, each in a
// process of its own, so that every pass but the first shows what outlives a process.
#include "commands/commands.hpp"
#include "output/terminal.hpp"
#include "output/units.hpp"
#include "process/child.hpp"
#include "process/interrupt.hpp"
#include "run/data_folder.hpp"
#include "run/pass.hpp"
#include "run/run_report.hpp"
#include "run/trace.hpp"

#include <filesystem>

namespace aurelis::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTraceInConfig = "workloads/web-2013.trace.xz";

// The file that the configuration was read from; an error if it has mistakes.
Result<std::string> checked_config_file(const OpenOptions& options) {
    AURELIS_TRY(checked, check_config(options));
    if (!checked.ok()) return fail(AURELIS_E_CONFIG, std::move(checked.problems));
    const Json report = parse_json(checked.json);
    return report.is_object() && report.contains("file") && report["file"].is_string()
               ? report["file"].get<std::string>()
               : std::string();
}

// Beside the configuration, else beside the files installed with the program.
Result<std::string> find_trace(const std::string& config_file) {
    std::error_code ignored;
    std::vector<fs::path> places;
    if (!config_file.empty())
        places.push_back(fs::absolute(config_file, ignored).parent_path() / kTraceInConfig);
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    places.push_back(program.parent_path().parent_path() / "share/aurelis/config" / kTraceInConfig);
    std::string looked;
    for (const fs::path& place : places) {
        if (fs::is_regular_file(place, ignored)) return place.string();
        looked += (looked.empty() ? "" : " and ") + place.string();
    }
    return usage_error("run: no trace at " + looked + "; name one with --trace");
}

class Run final : public Command {
public:
    std::string name() const override { return "run"; }
    std::string summary() const override {
        return "run a real request trace through the cache: the main job";
    }
    std::string examples() const override {
        return "aurelis run\n"
               "aurelis run --trace requests.zst --origin-cost 120ms --passes 3 --min-hit-ratio 0.9";
    }

    void describe(CLI::App& app) override {
        app.add_option("--trace", trace_,
                       "one key per line, plain or compressed (else the bundled web-2013)")
            ->type_name("FILE");
        app.add_option("--origin-cost", origin_cost_,
                       "what a call to the origin would take; counted, not slept (50ms)")
            ->type_name("DURATION");
        app.add_option("--requests", requests_, "only the first N requests")->type_name("N");
        app.add_option("--passes", passes_, "how many passes, each in a new process (2)")->type_name("N");
        app.add_flag("--keep", keep_, "do not empty the data folder first");
        app.add_option("--data", data_, "the folder for the data (in the user's cache folder, aurelis/run)")
            ->type_name("FOLDER");
        app.add_option("--value-bytes", value_bytes_,
                       "one size for all values (else 200 B to 8 KiB, by the key)")
            ->type_name("SIZE");
        app.add_option("--min-hit-ratio", min_hit_ratio_, "exit with 1 if the last pass is below this, 0 to 1")
            ->type_name("RATIO");
    }

    Result<Exit> run() override {
        AURELIS_TRY(options, read_options());
        AURELIS_TRY(folder, DataFolder::claim(options.data_folder, keep_));
        options.data_folder = folder.path();
        catch_interrupts();
        const auto ran = run_passes(options);
        report_["interrupted"] = interrupted_;
        if (!ran.has_value() && report_["passes"].empty()) return ran.error();
        if (common.json)
            print_line(dump(report_, 2));
        else
            print_run_report(report_);
        AURELIS_TRY_VOID(ran);
        return interrupted_ ? Exit::Done : judge();
    }

private:
    Result<PassOptions> read_options() {
        PassOptions options;
        if (passes_ == 0) return usage_error("run: --passes is 0; give 1 or more");
        if (!(min_hit_ratio_ >= 0 && min_hit_ratio_ <= 1))
            return usage_error("run: --min-hit-ratio is not from 0 to 1; 0.85 means 85 %");
        const auto cost = parse_time(origin_cost_);
        if (!cost.has_value()) return usage_error("run: --origin-cost: " + cost.error().message);
        options.origin_cost_ns = cost.value();
        if (!value_bytes_.empty()) {
            const auto size = parse_size(value_bytes_);
            if (!size.has_value()) return usage_error("run: --value-bytes: " + size.error().message);
            options.value_bytes = size.value();
        }
        AURELIS_TRY(config_file, checked_config_file(common.opening()));
        options.config = config_file.empty() ? common.config : config_file;
        options.requests_max = requests_;
        options.trace = trace_;
        if (trace_.empty()) {
            AURELIS_TRY(found, find_trace(config_file));
            options.trace = found;
        }
        AURELIS_TRY_VOID(Trace::check_file(options.trace));
        options.data_folder = data_;
        if (data_.empty()) {
            AURELIS_TRY(place, DataFolder::default_path());
            options.data_folder = place;
        }
        return options;
    }

    Result<void> run_passes(PassOptions options) {
        report_ = Json{{"config", options.config},
                       {"trace", options.trace},
                       {"data_folder", options.data_folder},
                       {"origin_cost_ms", static_cast<double>(options.origin_cost_ns) / 1e6},
                       {"interrupted", false},
                       {"passes", Json::array()}};
        for (options.number = 1; options.number <= passes_ && !interrupted_; ++options.number) {
            AURELIS_TRY_VOID(run_one(options));
            interrupted_ = interrupted_ || interrupts() > 0;
        }
        return {};
    }

    Result<void> run_one(const PassOptions& options) {
        AURELIS_TRY(end, run_child({options.to_arguments(), 0, true}));
        Json pass = parse_json(end.answer);
        if (!pass.is_object()) {
            if (interrupts() > 0) return interrupted_ = true, Result<void>();
            return fail(AURELIS_E_FAILED, "pass " + std::to_string(options.number) + ": its process " +
                                              end.description(0) + "; see its last output above");
        }
        const std::string error = pass.value("error", std::string());
        const aurelis_status status = pass.value("error_status", AURELIS_OK);
        pass.erase("error");
        pass.erase("error_status");
        if (!pass.empty()) {
            interrupted_ = pass.value("interrupted", false);
            report_["passes"].push_back(pass);
        }
        if (status < 0) return fail(status, error);
        const uint64_t mismatches = pass.value("mismatches", uint64_t{0});
        if (mismatches == 0) return {};
        return fail(
            AURELIS_E_CORRUPT,
            "pass " + std::to_string(options.number) + ": " + format_count(mismatches) +
                " answers were not what had been stored; the first: " + text_cell(pass, "first_mismatch"));
    }

    Exit judge() const {
        const double reached = report_["passes"].back().value("hit_ratio", 0.0);
        if (reached >= min_hit_ratio_) return Exit::Done;
        complain("the last pass reached a hit ratio of " + format_ratio(reached) + ", the bar is " +
                 format_ratio(min_hit_ratio_));
        return Exit::Miss;
    }

    std::string trace_, data_, value_bytes_;
    std::string origin_cost_ = "50ms";
    uint64_t requests_ = 0;
    uint64_t passes_ = 2;
    double min_hit_ratio_ = 0;
    bool keep_ = false;
    bool interrupted_ = false;
    Json report_;
};

class RunOnePass final : public Command {
public:
    std::string name() const override { return kPassCommand; }
    std::string summary() const override { return "used by run"; }
    std::string examples() const override { return "aurelis run"; }
    bool hidden() const override { return true; }

    void describe(CLI::App& app) override {
        app.add_option("--data", options_.data_folder, "the data folder");
        app.add_option("--trace", options_.trace, "the trace");
        app.add_option("--requests", options_.requests_max, "only the first N requests");
        app.add_option("--value-bytes", options_.value_bytes, "the size of the values");
        app.add_option("--origin-cost-ns", options_.origin_cost_ns, "the cost of the origin");
        app.add_option("--number", options_.number, "which pass");
    }

    Result<Exit> run() override {
        become_child();
        catch_interrupts();
        options_.config = common.config;
        return answer_parent(dump(run_pass(options_))) ? Exit::Done : Exit::Failure;
    }

private:
    PassOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_run() { return std::make_unique<Run>(); }
std::unique_ptr<Command> make_run_one_pass() { return std::make_unique<RunOnePass>(); }

}  // namespace aurelis::cli
