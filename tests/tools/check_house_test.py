#!/usr/bin/env python3
"""tools/check_house.py finds each kind of violation: a small tree in order, then one violation at a time.

usage: check_house_test.py CHECK_HOUSE.py
"""
import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest

CHECK_HOUSE = None

IN_ORDER = {
    "README.md": "The house.\n",
    "LICENSE": "MIT\n",
    "CMakeLists.txt": "project(house)\n",
    "CMakePresets.json": "{}\n",
    ".gitignore": "/build/\n",
    "build/junk.cpp": "\tint wrong;  \n",
    "build-asan/junk.cpp": "#include <yaml-cpp/yaml.h>\n",
    "config/README.md": "Every key.\n",
    "config/default.yaml": "layers: []\n",
    "core/README.md": "Rooms: api, base, config, plugin, stack.\n",
    "core/base/clock.hpp": "#include <aurelis/base/check.hpp>\n#include <cstdint>\n",
    "core/config/yaml_reader.hpp": "#include <aurelis/base/result.hpp>\n",
    "core/config/yaml_reader.cpp": '#include "config/yaml_reader.hpp"\n#include <yaml-cpp/yaml.h>\n',
    "core/plugin/plugin_module.cpp": '#include <boost/dll/shared_library.hpp>\n#include "base/clock.hpp"\n',
    "core/plugin/registry.hpp": "#include <aurelis/abi.h>\n",
    "core/stack/stack.hpp": '#include "plugin/registry.hpp"\n#include "base/clock.hpp"\n',
    "core/stack/stack.cpp": '#include "stack/stack.hpp"\n#include <sys/types.h>\n',
    "core/api/cache_builder.cpp": '#include "config/yaml_reader.hpp"\n#include "plugin/registry.hpp"\n',
    "core/api/host_api.cpp": '#include <aurelis/aurelis.h>\n#include "stack/stack.hpp"\n',
    "plugins/README.md": "Guests.\n",
    "plugins/backends/memory/README.md": "Memory.\n",
    "plugins/backends/memory/shard.hpp": "#include <aurelis/plugin/export.hpp>\n",
    "plugins/backends/memory/plugin.cpp": '#include "shard.hpp"\n#include <zlib.h>\n',
    "sdk/README.md": "The contract.\n",
    "sdk/include/aurelis/types.h": "#include <stdint.h>\n",
    "sdk/include/aurelis/abi.h": "#include <aurelis/types.h>\n#include <string.h>\n",
    "sdk/include/aurelis/aurelis.h": "#include <aurelis/types.h>\n",
    "sdk/include/aurelis/cache.hpp": "#include <aurelis/host/codec.hpp>\n",
    "sdk/include/aurelis/host/codec.hpp": "#include <aurelis/aurelis.h>\n#include <nlohmann/json.hpp>\n",
    "sdk/include/aurelis/base/check.hpp": "#include <cstdlib>\n",
    "sdk/include/aurelis/base/result.hpp": "#include <aurelis/types.h>\n#include <aurelis/base/check.hpp>\n",
    "sdk/include/aurelis/plugin/export.hpp": "#include <aurelis/abi.h>\n#include <aurelis/base/result.hpp>\n",
    "sdk/templates/README.md": "To copy.\n",
    "sdk/templates/host_c/main.c": "#include <aurelis/aurelis.h>\n#include <stdio.h>\n",
    "sdk/templates/backend_c/plugin.c": "#include <aurelis/abi.h>\n",
    "tests/README.md": "Folders: core, support, fixtures.\n",
    "tests/support/catch.hpp": "#include <catch2/catch.hpp>\n",
    "tests/core/stack_test.cpp": '#include "support/catch.hpp"\n#include "stack/stack.hpp"\n#include <aurelis/abi.h>\n',
    "tests/core/stack/stack_test.cpp": '#include "stack/stack.hpp"\n',
    "tests/fixtures/whole_test.cpp": "// Whole caches.\n// Covers: core/api/cache_builder.cpp, core/api/host_api.cpp\n"
                                     "// Covers: core/config/yaml_reader.cpp\n"
                                     "// Covers: core/plugin/plugin_module.cpp\n",
    "tests/fixtures/broken.yaml": "key:\tvalue \n",
    "tools/README.md": "Folders: aurelis, bench.\n",
    "tools/aurelis/main.cpp": '#include "output.hpp"\n#include <aurelis/cache.hpp>\n#include <CLI/CLI.hpp>\n',
    "tools/aurelis/output.hpp": "#include <string>\n",
    "tools/bench/README.md": "Benchmarks.\n",
    "tools/bench/layers.cpp": '#include "stack/stack.hpp"\n#include <aurelis/abi.h>\n',
}


def write(root, path, text):
    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
    with open(os.path.join(root, path), "w", encoding="utf-8") as file:
        file.write(text)


def remove(root, path):
    """The file, and the folders that it leaves empty."""
    os.remove(os.path.join(root, path))
    folder = os.path.dirname(path)
    while folder and not os.listdir(os.path.join(root, folder)):
        os.rmdir(os.path.join(root, folder))
        folder = os.path.dirname(folder)


@contextlib.contextmanager
def changed(root, changes, without):
    """Changes the house in order at this root, and puts it in order again."""
    for path in without:
        remove(root, path)
    for path, text in changes.items():
        write(root, path, text)
    try:
        yield
    finally:
        for path in changes:
            remove(root, path)
        for path in {*changes, *without} & IN_ORDER.keys():
            write(root, path, IN_ORDER[path])


def load(path):
    """The script as a module: it checks some hundred trees, too many for a process each."""
    specification = importlib.util.spec_from_file_location("check_house", path)
    module = importlib.util.module_from_spec(specification)
    sys.dont_write_bytecode = True
    specification.loader.exec_module(module)
    return module


class CheckHouse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = folder.name
        for path, text in IN_ORDER.items():
            write(cls.root, path, text)

    def look(self, changes=None, without=()):
        with changed(self.root, changes or {}, without):
            return CHECK_HOUSE.inspect(self.root)

    def refuse(self, place, word, changes=None, without=()):
        """Exactly one violation, which names the place and contains the word."""
        found = self.look(changes, without).violations
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(place + ":") and word in found[0], found)

    def accept(self, changes=None):
        """No violation; returns the warnings."""
        house = self.look(changes)
        self.assertEqual(house.violations, [])
        return house.warnings

    def refuse_include(self, path, include, word):
        """The include is added as the last line of the file (of an empty one, if it is new)."""
        text = IN_ORDER.get(path, "")
        self.refuse(f"{path}:{text.count(chr(10)) + 1}", word, {path: text + f"#include {include}\n"})

    def test_a_house_in_order_passes(self):
        self.assertEqual(self.accept(), [])

    def test_the_exit_status_and_the_last_line_tell(self):
        for changes, status, words in (({}, 0, " 0 violations, 0 warnings"), ({"docs": ""}, 1, " 1 violations,")):
            with changed(self.root, changes, ()):
                done = subprocess.run([sys.executable, CHECK_HOUSE.__file__, "--root", self.root], capture_output=True,
                                      text=True, check=False)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            self.assertIn(words, done.stdout.splitlines()[-1])

    def test_a_stranger_at_the_top_level_is_refused(self):
        self.refuse("docs", "top level", {"docs/manual.md": "Text.\n"})
        self.refuse("notes.txt", "top level", {"notes.txt": "Text.\n"})
        self.refuse("build", "top level", {"build": "a file, no tree\n"}, without=("build/junk.cpp",))

    def test_a_room_without_readme_is_refused(self):
        for room in ("core", "sdk", "config", "tests", "tools", "plugins", "plugins/backends/memory", "sdk/templates",
                     "tools/bench"):
            self.refuse(room, "README.md", without=(room + "/README.md",))

    def test_a_folder_that_its_readme_does_not_mention_is_refused(self):
        self.refuse("core/README.md", "stack/", {"core/README.md": "Rooms: api, base, config, plugin, stacks.\n"})
        self.refuse("tests/README.md", "fixtures/", {"tests/README.md": "Folders: core, support.\n"})

    def test_tabs_blanks_and_unfinished_work_are_refused(self):
        for path in ("core/base/hash.hpp", "tools/helper.py", "sdk/cmake/some.cmake", "config/other.yaml"):
            self.refuse(path + ":2", "tab", {path: "\na\tb\n"})
            self.refuse(path + ":1", "blanks", {path: "a \n"})
        self.refuse("tools/run:2", "tab", {"tools/run": "#!/bin/sh\n\ttrue\n"})
        self.refuse("core/base/hash.hpp:1", "blanks", {"core/base/hash.hpp": "int a;\r\n"})
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.refuse("core/base/hash.hpp:1", word, {"core/base/hash.hpp": f"// {word}: later\n"})

    def test_lines_above_120_columns_are_refused(self):
        for path, text in (("core/base/hash.hpp", "// {}\n"), ("plugins/backends/memory/node.cpp", "int {};\n"),
                           ("sdk/templates/backend_c/other.c", "/* {} */\n"), ("tests/core/hash_test.cpp", "// {}\n"),
                           ("tools/helper.py", "# {}\n"), ("tools/helper.sh", "# {}\n"),
                           ("tools/run", "#!/bin/sh\n# {}\n"), ("sdk/cmake/some.cmake", "# {}\n"),
                           ("tools/CMakeLists.txt", "# {}\n"), ("sdk/page.md", "{}\n")):
            with self.subTest(path):
                rest = len(text.split("\n")[-2]) - len("{}")
                self.accept({path: text.format("x" * (120 - rest))})
                number = text.count("\n")
                self.refuse(f"{path}:{number}", "134 columns; wrap it at 120", {path: text.format("x" * (134 - rest))})
        self.accept({"sdk/page.md": "ü" * 120 + "\n"})  # Characters, not bytes.

    def test_what_cannot_be_wrapped_may_be_long(self):
        url = "https://example.com/" + "x" * 120
        self.accept({"sdk/page.md": f"| a | {'x' * 120} |\n{url}\n- <{url}>\n", "core/base/hash.hpp": f"// {url}\n",
                     "tools/bench/data/README.md": "x" * 130 + "\n",
                     "tools/bench/data/prompts.jsonl": "x" * 130 + "\n"})
        self.refuse("sdk/page.md:1", "wrap", {"sdk/page.md": f"See {url}\n"})
        self.refuse("core/base/hash.hpp:1", "wrap", {"core/base/hash.hpp": f"|{'x' * 120}\n"})

    def test_names_that_only_look_unfinished_pass(self):
        self.accept({"core/base/temporary.hpp": "// mkdtemp(name-XXXXXX), a TODOS list\n"})

    def test_a_long_file_is_a_warning_only(self):
        warnings = self.accept({"core/base/long.hpp": "int a;\n" * 700})
        self.assertEqual(len(warnings), 1)
        self.assertTrue(warnings[0].startswith("core/base/long.hpp:"), warnings)

    def test_sdk_headers_keep_their_directions(self):
        sdk = "sdk/include/aurelis/"
        self.refuse_include(sdk + "types.h", "<aurelis/abi.h>", "abi")
        self.refuse_include(sdk + "types.h", "<unistd.h>", "others")
        self.refuse_include(sdk + "abi.h", "<cstdint>", "c++")
        self.refuse_include(sdk + "abi.h", "<aurelis/base/check.hpp>", "base")
        self.refuse_include(sdk + "aurelis.h", "<aurelis/abi.h>", "abi")
        self.refuse_include(sdk + "base/check.hpp", "<aurelis/plugin/export.hpp>", "glue")
        self.refuse_include(sdk + "base/check.hpp", "<nlohmann/json.hpp>", "others")
        self.refuse_include(sdk + "plugin/export.hpp", "<aurelis/aurelis.h>", "host_c")
        self.refuse_include(sdk + "cache.hpp", "<aurelis/plugin/export.hpp>", "glue")
        self.refuse_include(sdk + "cache.hpp", "<aurelis/abi.h>", "abi")
        self.refuse_include(sdk + "cache.hpp", "<spdlog/spdlog.h>", "others")
        self.refuse_include(sdk + "cache.hpp", "<nlohmann/json.hpp>", "others")
        self.refuse_include(sdk + "host/codec.hpp", "<aurelis/abi.h>", "abi")
        self.refuse_include(sdk + "cache.hpp", '"aurelis/aurelis.h"', "write <aurelis/aurelis.h>")

    def test_templates_know_one_interface(self):
        self.refuse_include("sdk/templates/host_c/main.c", "<aurelis/abi.h>", "abi")
        self.refuse_include("sdk/templates/backend_c/plugin.c", "<aurelis/aurelis.h>", "host_c")

    def test_a_plugin_knows_only_the_contract(self):
        plugin = "plugins/backends/memory/plugin.cpp"
        self.refuse_include(plugin, '"stack/stack.hpp"', "core")
        self.refuse_include(plugin, '"../../../core/base/clock.hpp"', "core")
        self.refuse_include(plugin, "<aurelis/cache.hpp>", "host_cpp")
        self.refuse_include(plugin, '"support/catch.hpp"', "tests/support/catch.hpp")
        self.refuse_include(plugin, '"nowhere.hpp"', "in no place")
        other = {"plugins/backends/disk/README.md": "Disk.\n",
                 "plugins/backends/disk/plugin.cpp": '#include "../memory/shard.hpp"\n'}
        self.refuse("plugins/backends/disk/plugin.cpp:1", "belongs to others", other)

    def test_plugins_of_one_kind_share_a_folder(self):
        shared = {"plugins/backends/shared/README.md": "Of all backends.\n",
                  "plugins/backends/shared/words.hpp": "#include <cstdint>\n"}
        include = '#include "../shared/words.hpp"\n'
        self.accept({**shared, "plugins/backends/memory/words.cpp": include})
        self.refuse("plugins/serializers/json/json.cpp:1", "belongs to others", {
            **shared, "plugins/serializers/json/README.md": "JSON.\n",
            "plugins/serializers/json/json.cpp": '#include "../../backends/shared/words.hpp"\n'})
        self.refuse("plugins/backends/shared/words.hpp:1", "belongs to others", {
            **shared, "plugins/backends/shared/words.hpp": '#include "../memory/shard.hpp"\n'})

    def test_core_rooms_look_down_only(self):
        self.refuse_include("core/base/clock.hpp", '"stack/stack.hpp"', "stack is not below base")
        self.refuse_include("core/stack/stack.hpp", '"api/cache.hpp"', "in no place")
        self.refuse("core/stack/stack.hpp:3", "api is not below stack", {
            "core/api/cache.hpp": "",
            "core/stack/stack.hpp": IN_ORDER["core/stack/stack.hpp"] + '#include "api/cache.hpp"\n'})
        self.refuse_include("core/config/yaml_reader.hpp", '"plugin/registry.hpp"', "plugin is not below config")
        self.refuse_include("core/plugin/registry.hpp", "<aurelis/aurelis.h>", "host_c")
        self.refuse_include("core/stack/stack.hpp", "<aurelis/plugin/export.hpp>", "glue")
        self.refuse_include("core/api/host_api.cpp", "<aurelis/cache.hpp>", "host_cpp")
        self.refuse("core/attic/old.hpp", "no room 'attic'", {
            "core/attic/old.hpp": "", "core/README.md": IN_ORDER["core/README.md"] + "attic\n"})

    def test_core_files_are_named_from_core(self):
        self.refuse_include("core/stack/stack.cpp", '"../base/clock.hpp"', '"base/clock.hpp"')

    def test_each_source_of_core_has_a_test_that_bears_or_says_its_name(self):
        test = "tests/core/stack/stack_test.cpp"
        self.refuse("core/stack/stack.cpp", f"write {test}, or name it in the test that runs it", without=(test,))
        self.refuse("core/base/clock.cpp", "// Covers: core/base/clock.cpp",
                    {"core/base/clock.cpp": '#include "base/clock.hpp"\n'})
        text = IN_ORDER["tests/fixtures/whole_test.cpp"]
        self.refuse("core/plugin/plugin_module.cpp", "has no test",
                    {"tests/fixtures/whole_test.cpp": text.replace("// Covers: core/plugin", "// covers core/plugin")})
        for name in ("core/stack/gone.cpp", "core/stack/stack.hpp", "stack.cpp", test):
            self.refuse("tests/fixtures/whole_test.cpp:5", f"covers '{name}', which is not a source of the core",
                        {"tests/fixtures/whole_test.cpp": text + f"// Covers: {name}\n"})

    def test_third_parties_have_one_place(self):
        self.refuse_include("core/stack/stack.cpp", "<yaml-cpp/yaml.h>", "yaml_reader.cpp only")
        self.refuse_include("tools/aurelis/main.cpp", "<yaml-cpp/yaml.h>", "yaml_reader.cpp only")
        self.refuse_include("core/plugin/registry.hpp", "<boost/dll.hpp>", "plugin_module.cpp only")
        self.refuse_include("core/plugin/registry.hpp", "<boost/dll/import.hpp>", "plugin_module.cpp only")
        self.refuse_include("tests/core/stack_test.cpp", "<catch2/catch.hpp>", "tests/support/* only")

    def test_tools_use_the_host_api(self):
        self.refuse_include("tools/aurelis/main.cpp", '"stack/stack.hpp"', "core")
        self.refuse_include("tools/aurelis/main.cpp", "<aurelis/abi.h>", "abi")
        self.refuse_include("tools/aurelis/main.cpp", '"../bench/layers.cpp"', "belongs to others")
        self.refuse_include("tools/bench/layers.cpp", '"support/catch.hpp"', "belongs to others")

    def test_a_source_includes_its_own_header_first(self):
        self.refuse("core/stack/stack.cpp:1", "not first", {
            "core/stack/stack.cpp": '#include <vector>\n#include "stack/stack.hpp"\n'})
        self.refuse("core/stack/stack.cpp:1", "not first", {"core/stack/stack.cpp": "int a;\n"})


if __name__ == "__main__":
    CHECK_HOUSE = load(sys.argv.pop())
    unittest.main()
