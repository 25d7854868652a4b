// The tables at the end of the main job: what answered, what the origin was spared, what the next process found.
#include "run/run_report.hpp"

#include "output/terminal.hpp"
#include "output/units.hpp"

#include <cmath>

namespace aurelis::cli {
namespace {

std::string seconds_cell(const Json& object, const char* name) {
    const double seconds = object.value(name, 0.0);
    return format_duration(static_cast<int64_t>(std::min(seconds * 1e9, 9e18)));
}

void print_layers(const Json& passes) {
    Table table({{"pass"},
                 {"layer"},
                 {"hits", true},
                 {"misses", true},
                 {"hit ratio", true},
                 {"bytes", true},
                 {"p50", true},
                 {"p99", true}});
    uint64_t number = 0;
    for (const Json& pass : passes) {
        std::string title = std::to_string(++number);
        for (const Json& layer : pass["layers"]) {
            table.add({title, text_cell(layer, "name"), count_cell(layer, "hits"),
                       count_cell(layer, "misses"), ratio_cell(layer, "hit_ratio"),
                       bytes_cell(layer, "bytes"), ns_cell(layer, "p50_ns"), ns_cell(layer, "p99_ns")});
            title.clear();
        }
    }
    table.print();
}

void print_totals(const Json& passes) {
    Table table({{"pass"},
                 {"requests", true},
                 {"hits", true},
                 {"hit ratio", true},
                 {"origin calls", true},
                 {"avoided", true},
                 {"time saved", true},
                 {"took", true}});
    uint64_t number = 0;
    for (const Json& pass : passes)
        table.add({std::to_string(++number), count_cell(pass, "requests"), count_cell(pass, "hits"),
                   ratio_cell(pass, "hit_ratio"), count_cell(pass, "origin_calls"),
                   count_cell(pass, "origin_calls_avoided"), seconds_cell(pass, "seconds_saved"),
                   seconds_cell(pass, "seconds")});
    table.print();
}

// "Pass 2, in a new process, found 20,484 of its 20,484 keys already stored: L3_disk 20,484 (55.2 MiB)".
std::string found_line(const Json& pass, uint64_t number) {
    uint64_t found = 0;
    std::string where;
    for (const Json& layer : pass["layers"]) {
        const uint64_t keys = layer.value("found_keys", uint64_t{0});
        if (keys == 0) continue;
        // Only first requests for a key are counted, so these were stored before this pass began.
        found += keys;
        where += (where.empty() ? ": " : ", ") + text_cell(layer, "name") + " " + format_count(keys) + " (" +
                 bytes_cell(layer, "found_bytes") + ")";
    }
    return "Pass " + std::to_string(number) + ", in a new process, found " + format_count(found) +
           " of its " + count_cell(pass, "keys") + " keys already stored" + where;
}

}  // namespace

void print_run_report(const Json& report) {
    const Json& passes = report["passes"];
    print_line("config  " + text_cell(report, "config"));
    print_line("trace   " + text_cell(report, "trace"));
    print_line("data    " + text_cell(report, "data_folder"));
    print_line("origin  " + ms_cell(report, "origin_cost_ms") + " a call, counted and not slept");
    if (!passes.empty()) {
        print_line("");
        print_layers(passes);
        print_line("");
        print_totals(passes);
        print_line("");
        uint64_t number = 0;
        for (const Json& pass : passes)
            if (++number > 1 || pass["origin_calls"] != pass["keys"]) print_line(found_line(pass, number));
    }
    if (!report["interrupted"].get<bool>()) return;
    uint64_t requests = 0;
    for (const Json& pass : passes) requests += pass.value("requests", uint64_t{0});
    print_line(coloured(Colour::Yellow, "interrupted after " + format_count(requests) + " requests"));
}

}  // namespace aurelis::cli
