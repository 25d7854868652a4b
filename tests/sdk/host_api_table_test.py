#!/usr/bin/env python3
"""The table "From C to C++" of sdk/README.md has every function of aurelis.h, what it names in C++ is in the header
that it names, and cache.hpp includes every header of aurelis/host/.

usage: host_api_table_test.py SDK-FOLDER       1 if something is missing (run by ctest)
"""
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    sdk, include = arguments[0], arguments[0] + "/include/aurelis"
    page = read(sdk + "/README.md")
    section = page.split("### From C to C++\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in section.split("\n") if line.startswith("| `")]
    problems = []
    functions = re.findall(r"(?:AURELIS_EXPORT|static inline)[^;{(]*?\b(aurelis_\w+)\(", read(include + "/aurelis.h"))
    in_table = set(re.findall(r"`(\w+)", " ".join(row[0] for row in rows)))
    problems += [f"README.md: no row for {name} of aurelis.h" for name in functions if name not in in_table]
    for c_words, cpp_words, header in rows:
        text = read(f"{include}/{header.strip('`')}")
        for name in re.findall(r"`(?:Category::|Cache::|Answer::|ReadOptions::)?(\w+)", cpp_words):
            if name not in ("std", "T") and not re.search(rf"\b{name}\b", text):
                problems.append(f"README.md: {c_words}: {name} is not in {header}")
    umbrella = read(include + "/cache.hpp")
    problems += [f"cache.hpp does not include host/{name}" for name in sorted(os.listdir(include + "/host"))
                 if f"<aurelis/host/{name}>" not in umbrella]
    for problem in problems:
        print(problem)
    print(f"{len(functions)} functions, {len(rows)} rows, {len(problems)} problems")
    return 1 if problems or len(functions) < 25 or len(rows) < 25 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
