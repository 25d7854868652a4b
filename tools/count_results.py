#!/usr/bin/env python3
"""Turns the results file of ctest (JUnit) and its exit status into one line, "N passed, N failed".

Only a test that ran and succeeded has passed. One that ctest could not start (no such program, a fixture that
failed) has failed; one that was not run because of its own skip rule or the label "disabled" is counted as skipped.
Exit status: 0 all passed, 1 something failed or nothing ran.
"""
import os
import sys
import xml.etree.ElementTree as ElementTree

SKIPPED_BY_RULE = ("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION_MATCHED", "Disabled")


def outcome(case):
    """The outcome of one <testcase>: passed, failed or skipped."""
    status = case.get("status", "")
    if status == "run" and case.find("failure") is None:
        return "passed"
    if status == "disabled":
        return "skipped"
    reason = case.find("skipped")
    if reason is not None and reason.get("message", "").startswith(SKIPPED_BY_RULE):
        return "skipped"
    return "failed"


def count(path):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    if os.path.exists(path):
        for case in ElementTree.parse(path).iter("testcase"):
            counts[outcome(case)] += 1
    return counts


def main(arguments):
    if len(arguments) != 2:
        print("usage: count_results.py RESULTS.xml EXIT-STATUS-OF-CTEST", file=sys.stderr)
        return 2
    counts = count(arguments[0])
    if counts["failed"] == 0 and (int(arguments[1]) != 0 or counts["passed"] == 0):
        counts["failed"] = 1  # ctest itself failed, or nothing ran: that must never look like success.
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(line)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
