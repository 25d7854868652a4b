#!/usr/bin/env python3
"""tools/count_results.py counts the results that ctest wrote, and never takes missing results for success.

usage: count_results_test.py COUNT_RESULTS.py
"""
import os
import subprocess
import sys
import tempfile
import unittest

COUNT_RESULTS = None

PASSED = '<testcase name="a" status="run"/>'
FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
NO_PROGRAM = '<testcase name="c" status="notrun"><skipped message="Unable to find executable"/></testcase>'
NO_FIXTURE = '<testcase name="d" status="notrun"><skipped message="Fixture dependency failed"/></testcase>'
SKIPPED = '<testcase name="e" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
DISABLED = '<testcase name="f" status="disabled"/>'


def count(cases, status):
    """Exit status and last line for a results file with these cases; None: there is no file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.xml")
        if cases is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write('<?xml version="1.0"?><testsuite>' + "".join(cases) + "</testsuite>")
        done = subprocess.run([sys.executable, COUNT_RESULTS, path, str(status)], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout


class CountResults(unittest.TestCase):
    def test_all_passed(self):
        self.assertEqual(count([PASSED, PASSED], 0), (0, "2 passed, 0 failed\n"))

    def test_what_could_not_start_has_failed(self):
        self.assertEqual(count([PASSED, FAILED, NO_PROGRAM, NO_FIXTURE], 8), (1, "1 passed, 3 failed\n"))

    def test_skipped_ones_are_named(self):
        self.assertEqual(count([PASSED, SKIPPED, DISABLED], 0), (0, "1 passed, 0 failed, 2 skipped\n"))

    def test_nothing_run_is_a_failure(self):
        self.assertEqual(count([], 0), (1, "0 passed, 1 failed\n"))
        self.assertEqual(count([SKIPPED], 0), (1, "0 passed, 1 failed, 1 skipped\n"))
        self.assertEqual(count(None, 0), (1, "0 passed, 1 failed\n"))

    def test_a_failing_ctest_is_a_failure(self):
        self.assertEqual(count([PASSED], 8), (1, "1 passed, 1 failed\n"))


if __name__ == "__main__":
    COUNT_RESULTS = sys.argv.pop()
    unittest.main()
