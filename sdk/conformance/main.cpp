// aurelis-conformance PLUGIN.so TYPE [option=value...]: runs the suite on a backend or a serializer. Exit status: 0 it
// conforms, 1 it falls short, 2 wrong use or the plugin cannot be loaded.
#include "conformance.hpp"

#include <iostream>

int main(int argc, char** argv) {
    using namespace aurelis::conformance;
    if (argc < 3) {
        std::cerr << "usage: aurelis-conformance PLUGIN.so TYPE [option=value...]\n"
                     "example: aurelis-conformance ./sqlite-disk.so sqlite-disk path={dir}/cache.db\n"
                     "example: aurelis-conformance ./gzip.so gzip level=1\n"
                     "{dir} stands for an empty folder that is made for each section.\n";
        return 2;
    }
    PluginUnderTest plugin{argv[1], argv[2], {}};
    for (int i = 3; i < argc; ++i) {
        const std::string word = argv[i];
        const size_t equals = word.find('=');
        if (equals == std::string::npos) {
            std::cerr << "aurelis-conformance: '" << word << "' is no option; write name=value\n";
            return 2;
        }
        plugin.options.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    const auto outcome = run_conformance(plugin, std::cout);
    if (!outcome) {
        std::cerr << "aurelis-conformance: " << outcome.error().message << '\n';
        return 2;
    }
    const Outcome& told = outcome.value();
    std::cout << told.sections << " sections, " << told.not_applicable << " not applicable, " << told.checks
              << " checks, " << told.failures.size() << " failures\n";
    return told.failures.empty() ? 0 : 1;
}
