#!/usr/bin/env python3
"""The check of link-time arrows finds those that go up and sideways, and ignores inline functions.

usage: check_symbols_test.py TOOLS/CHECK_SYMBOLS.PY C++-COMPILER NM
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = COMPILER = NM = None


class CheckSymbols(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def source(self, path, text, compiled=True):
        """A source of the core, and what was compiled of it."""
        built = self.root / "build/core/CMakeFiles/aurelis_objects.dir" / f"{path}.cpp.o"
        source = self.root / f"core/{path}.cpp"
        built.parent.mkdir(parents=True, exist_ok=True)
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        if compiled:
            subprocess.run([COMPILER, "-c", source, "-o", built], check=True)
        return source

    def check(self, nm=None):
        done = subprocess.run([sys.executable, SCRIPT, "--root", self.root, "--nm", nm or NM, self.root / "build"],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def test_arrows_down_and_within_a_room_are_in_order(self):
        self.source("base/clock", "int now() { return 0; } int ticks;")
        self.source("stack/one", "int now(); extern int ticks; int one() { return now() + ticks; }")
        self.source("stack/two", "int one(); int two() { return one(); }")
        self.assertEqual(self.check(), (0, ["3 object files, 0 violations"], ""))

    def test_an_arrow_up_is_named_with_both_ends(self):
        self.source("base/clock", "namespace core { int walk(int); } int now() { return core::walk(1); }")
        self.source("stack/stack", "namespace core { int walk(int depth) { return depth; } }")
        status, lines, _ = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(lines, ["core/base/clock.cpp: base may not use core::walk(int), which core/stack/stack.cpp "
                                 "defines: stack is not below base; move it down, or have stack hand it in",
                                 "2 object files, 1 violations"])

    def test_variables_count_and_so_do_rooms_side_by_side(self):
        self.source("config/one", "extern int judged; int one() { return judged; }")
        self.source("validity/two", "int judged = 1;")
        status, lines, _ = self.check()
        self.assertEqual(status, 1)
        self.assertIn("config may not use judged", lines[0])

    def test_what_is_defined_inline_in_several_rooms_is_no_arrow(self):
        inline = ("struct Shared { virtual ~Shared() {} }; "
                  "inline int twice(int n) { static int kept; return kept += n; }")
        self.source("base/one", inline + "int one() { return twice(1); } Shared low;")
        self.source("api/two", inline + "int two() { return twice(2); } Shared high;")
        self.assertEqual(self.check()[:2], (0, ["2 object files, 0 violations"]))

    def test_objects_of_sources_that_are_gone_do_not_count(self):
        self.source("base/one", "int two(); int one() { return two(); }")
        self.source("api/two", "int two() { return 2; }").unlink()
        self.assertEqual(self.check()[:2], (0, ["1 object files, 0 violations"]))

    def test_a_tree_that_is_not_built_is_refused(self):
        self.assertEqual(self.check()[0], 3)
        self.source("base/one", "int one;", compiled=False)
        status, _, said = self.check()
        self.assertEqual(status, 3)
        self.assertIn("build the target aurelis_objects first", said)
        self.source("base/one", "int one;")
        status, _, said = self.check(nm=os.path.join(self.folder.name, "no-nm"))
        self.assertEqual(status, 3)
        self.assertIn("no-nm cannot read", said)


if __name__ == "__main__":
    NM, COMPILER, SCRIPT = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
    unittest.main()
