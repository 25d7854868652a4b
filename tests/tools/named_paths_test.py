#!/usr/bin/env python3
"""named_paths.py on small trees: what it takes for a path, where it looks, and what it leaves alone."""
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "named_paths.py")


class NamedPaths(unittest.TestCase):
    def missing(self, files):
        """The (file:line, path) that are complained of."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
            done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if "there is no" in line]
        self.assertEqual(done.returncode, 1 if lines else 0, done)
        return [(line.split(": ")[0], line.split("'")[1]) for line in lines]

    TREE = {"core/stack/layer.cpp": "", "core/stack/layer.hpp": "", "sdk/include/aurelis/abi.h": "", "tools/run": ""}

    def page(self, text, name="core/README.md"):
        return self.missing({**self.TREE, name: text})

    def test_what_is_there_is_found_from_many_places(self):
        self.assertEqual(self.page("`stack/layer.cpp` `core/stack/` `layer.hpp` `stack/layer` `abi.h` `aurelis/abi.h` "
                                   "`tools/run` `stack/*.hpp` `stack/layer.{hpp,cpp}` [a](stack/layer.cpp) "
                                   "[b](../tools/run) [c](stack#part)"), [])

    def test_what_is_not_there_is_named_with_its_line(self):
        self.assertEqual(self.page("\n`stack/gone.cpp` `gone.hpp` `gone/`\n"
                                   "[a](gone.md) `stack/*.py` `stack/layer.{hpp,md}`"),
                         [("core/README.md:2", "stack/gone.cpp"), ("core/README.md:2", "gone.hpp"),
                          ("core/README.md:2", "gone/"), ("core/README.md:3", "gone.md"),
                          ("core/README.md:3", "stack/*.py"), ("core/README.md:3", "stack/layer.md")])

    def test_what_is_no_path_of_ours_is_left_alone(self):
        self.assertEqual(self.page("`/etc/x.md` `~/x.md` `./x.md` `build/bin/x` `$HOME/x.md` `aurelis.watch/1` "
                                   "`a b/c.md` `my.yaml` `finding-TARGET-7/x.md` [u](https://a/b.md) [h](#there) "
                                   "x/y.md\n"
                                   "```\n`gone/x.md`\n```\n"), [])

    def test_comments_are_read_and_code_is_not(self):
        text = ("// See core/gone.hpp and stack/layer.hpp.\n#include \"gone.h\"\nint x = 1 / 2; // gone.md\n"
                "/* core/stack,\n * tools/walk\n */ const char* s = \"http://gone/x.md\";\n")
        self.assertEqual(self.missing({**self.TREE, "core/a.cpp": text}),
                         [("core/a.cpp:1", "core/gone.hpp"), ("core/a.cpp:3", "gone.md"),
                          ("core/a.cpp:5", "tools/walk")])
        self.assertEqual(self.missing({**self.TREE, "core/a.py": "x = 'gone.md'  # tools/walk and tools/run\n"}),
                         [("core/a.py:1", "tools/walk")])


if __name__ == "__main__":
    unittest.main()
