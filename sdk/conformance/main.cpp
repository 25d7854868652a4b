// aurelis-conformance [--in-process] PLUGIN.so TYPE [option=value...]: runs the suite on a backend or a serializer. Exit
// status: 0 it conforms, 1 it falls short or dies, 2 wrong use or the plugin cannot be loaded.
#include "conformance.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <iostream>

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    using namespace aurelis::conformance;
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    Isolation isolation = Isolation::Process;
    if (!words.empty() && words[0] == "--in-process") {
        isolation = Isolation::None;
        words.erase(words.begin());
    }
    if (words.size() < 2) {
        std::cerr << "usage: aurelis-conformance [--in-process] PLUGIN.so TYPE [option=value...]\n"
                     "example: aurelis-conformance ./sqlite-disk.so sqlite-disk path={dir}/cache.db\n"
                     "example: aurelis-conformance ./gzip.so gzip level=1\n"
                     "{dir} stands for an empty folder that is made for each section. Each section runs in a process\n"
                     "of its own; --in-process runs all in this one, for a debugger.\n";
        return 2;
    }
    PluginUnderTest plugin{words[0], words[1], {}};
    for (size_t i = 2; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        if (equals == std::string::npos) {
            std::cerr << "aurelis-conformance: '" << words[i] << "' is no option; write name=value\n";
            return 2;
        }
        plugin.options.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
    }
    const auto outcome = run_conformance(plugin, std::cout, isolation);
    if (!outcome) {
        std::cerr << "aurelis-conformance: " << outcome.error().message << '\n';
        return 2;
    }
    const Outcome& told = outcome.value();
    std::cout << told.sections << " sections, " << told.not_applicable << " not applicable, " << told.checks
              << " checks, " << told.failures.size() << " failures\n";
    return told.failures.empty() ? 0 : 1;
}
