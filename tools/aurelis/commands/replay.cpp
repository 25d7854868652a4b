// aurelis replay: the hit ratio that the memory plugin alone reaches on a trace.
#include "commands/commands.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/units.hpp"
#include "process/interrupt.hpp"
#include "run/replay_cache.hpp"

namespace aurelis::cli {
namespace {

class ReplayCommand final : public Command {
public:
    std::string name() const override { return "replay"; }
    std::string summary() const override {
        return "measure the hit ratio of the memory plugin alone on a trace";
    }
    std::string examples() const override {
        return "aurelis replay --trace config/workloads/web-2013.trace.xz --entries 2000\n"
               "aurelis replay --trace requests.gz --bytes 64MiB --json";
    }

    void describe(CLI::App& app) override {
        app.add_option("--trace", trace_, "one request per line: KEY, or KEY SIZE; plain or compressed")
            ->type_name("FILE");
        entries_option_ =
            app.add_option("--entries", bounds_.entries, "hold at most N entries")->type_name("N");
        app.add_option("--bytes", bytes_, "hold at most this many bytes, overhead included")->type_name("SIZE");
        app.add_option("--requests", requests_, "only the first N requests")->type_name("N");
    }

    Result<Exit> run() override {
        AURELIS_TRY_VOID(read_bounds());
        catch_interrupts();
        AURELIS_TRY(trace, Trace::read(trace_, requests_));
        AURELIS_TRY(report, replay(trace, bounds_));
        if (report["interrupted"].get<bool>())
            complain("interrupted after " + count_cell(report, "requests") + " requests");
        report.erase("interrupted");
        if (common.json)
            print_line(dump(report));
        else
            print_text(report);
        return Exit::Done;
    }

private:
    Result<void> read_bounds() {
        if (trace_.empty())
            return usage_error(
                "replay: --trace is missing; such as: aurelis replay --trace FILE --entries 1000");
        if ((entries_option_->count() > 0) == !bytes_.empty())
            return usage_error(
                "replay: give one bound, either --entries or --bytes; such as: --entries 1000");
        if (bytes_.empty())
            return bounds_.entries > 0 ? Result<void>()
                                       : usage_error("replay: --entries is 0; give 1 or more");
        const auto size = parse_size(bytes_);
        if (!size.has_value()) return usage_error("replay: --bytes: " + size.error().message);
        bounds_.bytes = size.value();
        return {};
    }

    static void print_text(const Json& report) {
        const double seconds = report["seconds"].get<double>();
        const double requests = report["requests"].get<double>();
        print_line("requests        " + count_cell(report, "requests"));
        print_line("hits            " + count_cell(report, "hits"));
        print_line("hit ratio       " + coloured(Colour::Bold, ratio_cell(report, "hit_ratio")));
        print_line("byte hit ratio  " + ratio_cell(report, "byte_hit_ratio"));
        print_line("entries         " + count_cell(report, "entries"));
        print_line("bytes           " + bytes_cell(report, "bytes"));
        print_line("policy          " + text_cell(report, "policy"));
        print_line("took            " + format_duration(static_cast<int64_t>(seconds * 1e9)) + " (" +
                   format_duration(requests > 0 ? static_cast<int64_t>(seconds * 1e9 / requests) : 0) +
                   " a request)");
    }

    std::string trace_, bytes_;
    ReplayBounds bounds_;
    uint64_t requests_ = 0;
    CLI::Option* entries_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_replay() { return std::make_unique<ReplayCommand>(); }

}  // namespace aurelis::cli
