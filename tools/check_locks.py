#!/usr/bin/env python3
"""Compiles every source of the core with clang, which checks the annotations of core/base/locks.hpp; builds nothing.

Include folders, definitions and the standard come from compile_commands.json of a configured tree, so that what is
checked is what is built. Prints clang's output and one line for each source that is refused; the last line is
'N passed, M failed', where each source counts as a test. Exit status: 0 all passed, 1 at least one failed or there was
none, 2 wrong use, 3 there is no clang or no such tree.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys

# What is checked; warnings that do not occur in the build with GCC are not this script's concern.
CHECKS = ("-fsyntax-only", "-Wno-everything", "-Wthread-safety", "-Wthread-safety-beta", "-Werror=thread-safety",
          "-Werror=thread-safety-beta")
WITH_VALUE = ("-I", "-isystem", "-D", "-U", "-std=")


def not_checked(why):
    print(f"tools/check_locks.py: {why}", file=sys.stderr)
    print("0 passed, 1 failed")
    return 3


def flags_of(arguments):
    """The compiler's arguments that change what a source means: folders, definitions, the standard."""
    kept = []
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in WITH_VALUE:
            kept += [argument, next(rest, "")]
        elif argument.startswith(WITH_VALUE):
            kept.append(argument)
    return kept


def commands_of(root, build):
    """(source, its flags) for every source of the core. One that is not in the tree yet gets those of another."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    known = {}
    for entry in entries:
        path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        known[path] = flags_of(entry.get("arguments") or shlex.split(entry["command"]))
    sources = sorted(glob.glob(os.path.join(root, "core", "*", "*.cpp")))
    core = [known[source] for source in sources if source in known]
    return [(source, known.get(source, core[0])) for source in sources] if core else []


def check(clang, root, source, flags):
    """Whether clang accepts a source, and its output."""
    done = subprocess.run([clang, *flags, *CHECKS, source], cwd=root, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="example: tools/check_locks.py build")
    parser.add_argument("build", help="a configured build tree; it need not be built")
    parser.add_argument("--clang", default="clang++", help="the compiler (clang++)")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."),
                        help="the tree to check (this one)")
    options = parser.parse_args()
    root = os.path.realpath(options.root)
    clang = shutil.which(options.clang)
    if clang is None:
        return not_checked(f"there is no {options.clang}; install clang, or name it with --clang")
    try:
        commands = commands_of(root, options.build)
    except (OSError, ValueError) as error:
        return not_checked(f"{options.build} is not a configured tree ({error}); configure it with cmake first")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda command: check(clang, root, *command), commands)
        for (source, _), (passed, said) in zip(commands, results):
            if said:
                sys.stdout.write(said)
            if not passed:
                failed += 1
                print(f"{os.path.relpath(source, root)}: refused by clang; hold the lock that it names, or correct the "
                      "annotation")
    passed = len(commands) - failed
    print(f"{passed} passed, {failed if commands else 1} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
