#!/usr/bin/env python3
"""Keeps the house in order: who may include whom, what is at the top level, READMEs, tests of the core, clean text.

One line per violation, "path:line: what; the way out". Exit status: 0 no violations, 1 violations, 2 wrong use. A
long file is only a warning. It only reads files; what compiles and what works is up to the other tests.
"""
import argparse
import fnmatch
import os
import re
import sys

TOP_LEVEL = {"CMakeLists.txt", "README.md", "CMakePresets.json", "LICENSE",
             "core", "plugins", "sdk", "config", "tests", "tools"}
BUILD_TREES = ("build", "build-*")  # The same as in .gitignore.

# Folders that explain themselves in a README.md, and those whose README names each folder in them.
ROOMS = ("core", "plugins", "plugins/*/*", "sdk", "sdk/conformance", "sdk/templates", "config", "config/workloads",
         "tests", "tools", "tools/bench")
MAPS = ("core", "tests", "tools")

LONG_FILE = 600
COLUMNS = 120
DATA = ("tools/bench/data/*",)  # Folders where lines may be as long as the data requires.
CODE = (".c", ".h", ".cpp", ".hpp")
TEXT = (".py", ".sh", ".cmake", ".md", ".in", "CMakeLists.txt")
TEXT_OUTSIDE_TESTS = (".yaml", ".yml", ".json")  # In tests these may be wrong on purpose.
# What cannot be wrapped: a row of a Markdown table, and a line that consists only of a URL.
TABLE_ROW = re.compile(r"\s*\|")
BARE_URL = re.compile(r"[^\w]*https?://\S+")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")

C_HEADERS = {"assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "iso646.h", "limits.h",
             "locale.h", "math.h", "setjmp.h", "signal.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h",
             "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h", "string.h", "tgmath.h", "threads.h",
             "time.h", "uchar.h", "wchar.h", "wctype.h"}

# What each part of the house may include; the first pattern that matches a file applies. The words: c and c++ are the
# standard libraries, others are third parties and the system, own is the same folder and below, shared is the folder
# shared/ beside the plugins of one kind; types, abi, base,
# glue, host_c (aurelis.h) and host_cpp (the C++ over it) are parts of the sdk.
MAY_INCLUDE = (
    ("sdk/include/aurelis/types.h", "c"),
    ("sdk/include/aurelis/abi.h", "c types abi"),
    ("sdk/include/aurelis/abi/*", "c types abi"),
    ("sdk/include/aurelis/aurelis.h", "c types"),
    ("sdk/include/aurelis/base/*", "c c++ types abi base"),
    ("sdk/include/aurelis/plugin/*", "c c++ types abi base glue"),
    ("sdk/include/aurelis/host/*", "c c++ types base host_c host_cpp"),
    ("sdk/include/aurelis/*.hpp", "c c++ types base host_c host_cpp"),
    ("sdk/templates/host_*/*", "c c++ others own types base host_c host_cpp"),
    ("sdk/templates/*", "c c++ others own types abi base glue"),
    ("sdk/conformance/*", "c c++ others own types abi base glue"),
    ("plugins/*", "c c++ others own shared types abi base glue"),
    ("core/api/*", "c c++ others core types abi base host_c"),
    ("core/flow/*", "c c++ others core types abi base host_c"),
    ("core/*", "c c++ others core types abi base"),
    ("tools/bench/*", "c c++ others own types abi base glue host_c host_cpp core"),
    ("tools/*", "c c++ others own types base host_c host_cpp"),
)

# Inside core a room includes itself and rooms of a lower rank.
CORE_RANK = {"api": 10, "flow": 9, "chain": 8, "stack": 7, "coherence": 6, "layer": 5, "plugin": 4, "keys": 3,
             "config": 2, "validity": 2, "stats": 1, "base": 0}

# The one place that may include a third party.
ONE_PLACE = (
    ("yaml-cpp/*", "core/config/yaml_reader.cpp"),
    ("boost/dll.hpp", "core/plugin/plugin_module.cpp"),
    ("boost/dll/*", "core/plugin/plugin_module.cpp"),
    ("catch2/*", "tests/support/*"),
)

# (file, include, reason): what is allowed although a rule above forbids it.
EXCEPTIONS = (
    ("sdk/include/aurelis/host/codec.hpp", "nlohmann/json.hpp", "typed values of the C++ host API are JSON"),
    ("core/plugin/embedder_handle.cpp", "aurelis/abi_draft.h", "embedders are a draft, which the core wires already"),
    ("sdk/include/aurelis/base/descriptor.hpp", "fcntl.h", "a descriptor is moved by the system's own call"),
    ("sdk/include/aurelis/base/descriptor.hpp", "unistd.h", "the same"),
    ("sdk/include/aurelis/base/standard_descriptors.hpp", "*.h", "the same"),
    ("sdk/include/aurelis/base/trusted_path.hpp", "*.h", "owners and modes of paths are the system's"),
    ("sdk/include/aurelis/base/trusted_path.hpp", "sys/*.h", "the same"),
    ("sdk/conformance/config_tree.cpp", "config/*.hpp", "options and units have a single reader, that of the core"),
    ("sdk/conformance/plugin_host.cpp", "config/values.hpp", "UTF-8 is checked in a single place, in the core"),
)
LONG_FILES_ALLOWED = {"sdk/include/aurelis/abi.h": "the contract is read as one page"}

# How a test names sources of the core that have no test named after them.
COVERS = re.compile(r"// Covers:(.*)")

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


class House:
    """A tree, the violations found in it, and the warnings."""

    def __init__(self, root):
        self.root = root
        self.violations = []
        self.warnings = []
        self.files = sorted(self._walk())

    def _walk(self):
        for folder, names, files in os.walk(self.root):
            at_top = folder == self.root
            names[:] = [n for n in names if n not in (".git", "__pycache__") and not (at_top and is_build_tree(n))]
            for name in files:
                yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")

    def has(self, path):
        return os.path.isfile(os.path.join(self.root, path))

    def folders(self, pattern):
        """The folders that hold a file at any depth and whose path fits the pattern, level by level."""
        parts = pattern.split("/")
        found = set()
        for path in self.files:
            folders = path.split("/")[:-1]
            if len(folders) >= len(parts) and all(map(fnmatch.fnmatchcase, folders, parts)):
                found.add("/".join(folders[:len(parts)]))
        return sorted(found)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace", newline="") as file:
            return file.read()

    def wrong(self, path, line, text):
        self.violations.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def fits(path, pattern):
    """Like a shell's glob: * stays within a folder, but at the end after a slash it matches everything below."""
    expression = re.escape(pattern).replace(r"\*", "[^/]*")
    if pattern.endswith("/*"):
        expression = expression[:-len("[^/]*")] + ".*"
    return re.fullmatch(expression, path) is not None


def is_build_tree(name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in BUILD_TREES)


def check_top_level(house):
    for name in sorted(os.listdir(house.root)):
        folder = os.path.isdir(os.path.join(house.root, name))
        if name.startswith(".") or name in TOP_LEVEL or (folder and is_build_tree(name)):
            continue
        house.wrong(name, 0, "does not belong to the top level; move it into one of the rooms")


def check_readmes(house):
    for pattern in ROOMS:
        for room in house.folders(pattern):
            if not house.has(room + "/README.md"):
                house.wrong(room, 0, "has no README.md; write what the folder is for")
    for room in MAPS:
        if not house.has(room + "/README.md"):
            continue
        text = house.read(room + "/README.md")
        for folder in house.folders(room + "/*"):
            name = folder.rsplit("/", 1)[1]
            if not re.search(r"(?<![\w-])" + re.escape(name) + r"(?![\w-])", text):
                house.wrong(room + "/README.md", 0, f"does not mention {name}/; add a line about it")


def is_text(house, path):
    if path.endswith(CODE + TEXT):
        return True
    if path.endswith(TEXT_OUTSIDE_TESTS):
        return not path.startswith("tests/")
    return "." not in os.path.basename(path) and house.read(path).startswith("#!")


def check_text(house):
    for path in house.files:
        if not is_text(house, path):
            continue
        lines = house.read(path).split("\n")
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                house.wrong(path, number, "a tab; use spaces")
            if line != line.rstrip():
                house.wrong(path, number, "blanks at the end of the line; remove them")
            unfinished = UNFINISHED.search(line)
            if unfinished:
                house.wrong(path, number, f"{unfinished.group()}: finish it, or open an issue and delete the word")
        if path.endswith(CODE) and len(lines) > LONG_FILE and path not in LONG_FILES_ALLOWED:
            house.warnings.append(f"{path}: {len(lines)} lines; if there is a second noun in it, move it out")


def includes_of(house, path):
    """(line number, bracket, name) of each include of a file."""
    for number, line in enumerate(house.read(path).split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def sdk_word(name):
    """The part of the sdk to which a name such as aurelis/base/bytes.hpp belongs."""
    rest = name[len("aurelis/"):]
    if rest in ("types.h", "aurelis.h"):
        return {"types.h": "types", "aurelis.h": "host_c"}[rest]
    if rest == "abi.h" or rest.startswith("abi/"):
        return "abi"
    return {"base": "base", "plugin": "glue"}.get(rest.split("/")[0], "host_cpp")


def own_folder(path):
    """The folder within which a file may include freely: a plugin, a template, a tool, else the file's own."""
    parts = path.split("/")
    depth = {"plugins": 3, "sdk": 3, "tools": 2}.get(parts[0], len(parts) - 1)
    return "/".join(parts[:min(depth, len(parts) - 1)])


def resolve(house, path, name):
    """The path in the house of a quoted include, or None."""
    own = own_folder(path)
    for base in (os.path.dirname(path), own, "core", "tests", ""):
        candidate = os.path.normpath(os.path.join(base, name)).replace(os.sep, "/")
        if house.has(candidate):
            return candidate
    return None


def word_of(house, path, bracket, name):
    """The word of MAY_INCLUDE for an include, or a sentence on what is wrong with it regardless of the rules."""
    if name.startswith("aurelis/"):
        return sdk_word(name) if bracket == "<" else f'"{name}" belongs to the sdk; write <{name}>'
    if bracket == "<":
        if name in C_HEADERS:
            return "c"
        return "others" if "." in name or "/" in name else "c++"
    target = resolve(house, path, name)
    if target is None:
        return f'"{name}" is in no place that this file may include; name it from its own folder or its room of core'
    if target.startswith("core/"):
        return "core"
    if target.startswith(own_folder(path) + "/"):
        return "own"
    if path.startswith("plugins/") and target.startswith("/".join(path.split("/")[:2]) + "/shared/"):
        return "shared"
    return f'"{name}" is {target}, which belongs to others; only its own folder and the sdk are open to it'


def excepted(path, name):
    return any(fits(path, file) and fits(name, what) for file, what, _ in EXCEPTIONS)


def allowed_words(path):
    for pattern, words in MAY_INCLUDE:
        if fits(path, pattern):
            return words.split()
    return None


def check_one_place(house, path, number, name):
    for pattern, place in ONE_PLACE:
        if fits(name, pattern) and not fits(path, place):
            house.wrong(path, number, f"<{name}> may be included by {place} only; get what you need from that file")


def check_columns(house):
    for path in house.files:
        if not is_text(house, path) or path.endswith(TEXT_OUTSIDE_TESTS) or any(fits(path, data) for data in DATA):
            continue
        for number, line in enumerate(house.read(path).split("\n"), 1):
            if len(line) <= COLUMNS or BARE_URL.fullmatch(line) or (path.endswith(".md") and TABLE_ROW.match(line)):
                continue
            house.wrong(path, number, f"{len(line)} columns; wrap it at {COLUMNS}")


def check_directions(house):
    for path in house.files:
        if not path.endswith(CODE):
            continue
        words = allowed_words(path)
        for number, bracket, name in includes_of(house, path):
            if excepted(path, name):
                continue
            check_one_place(house, path, number, name)
            if words is None:  # Tests may include everything.
                continue
            word = word_of(house, path, bracket, name)
            if " " in word:
                house.wrong(path, number, word)
            elif word not in words:
                house.wrong(path, number, f"may not include {name} ({word}); it may include: {', '.join(words)}")


def core_room(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "core" else None


def check_core_order(house):
    for path in house.files:
        room = core_room(path)
        if room is None or not path.endswith(CODE):
            continue
        if room not in CORE_RANK:
            house.wrong(path, 0, f"core has no room '{room}'; use one of {', '.join(CORE_RANK)}")
            continue
        for number, bracket, name in includes_of(house, path):
            target = resolve(house, path, name) if bracket == '"' else None
            other = core_room(target) if target else None
            if other is None or excepted(path, name):
                continue
            if name != target[len("core/"):]:
                house.wrong(path, number, f'"{name}": name it from core: "{target[len("core/"):]}"')
            if other != room and CORE_RANK.get(other, 0) >= CORE_RANK[room]:
                house.wrong(path, number, f"{room} may not include {name}: {other} is not below {room}")


def check_own_header_first(house):
    for path in house.files:
        stem, suffix = os.path.splitext(path)
        header = next((stem + end for end in (".hpp", ".h") if house.has(stem + end)), None)
        if suffix not in (".c", ".cpp") or header is None:
            continue
        first = next(includes_of(house, path), None)
        if first is None or os.path.basename(first[2]) != os.path.basename(header):
            house.wrong(path, first[0] if first else 1, f"includes its own header, {header}, not first; move it up")


def test_of(source):
    """Where the test of a source of the core is: core/stack/stack.cpp has tests/core/stack/stack_test.cpp."""
    return f"tests/{source[:-len('.cpp')]}_test.cpp"


def covered_sources(house):
    """The sources of the core that tests name; a name of anything else is a violation."""
    covered = set()
    for path in house.files:
        if not (path.startswith("tests/") and path.endswith(CODE)):
            continue
        for number, line in enumerate(house.read(path).split("\n"), 1):
            match = COVERS.match(line)
            for name in map(str.strip, match.group(1).split(",")) if match else ():
                covered.add(name)
                if not (fits(name, "core/*/*.cpp") and house.has(name)):
                    house.wrong(path, number, f"covers '{name}', which is not a source of the core; write  "
                                              "// Covers: core/room/name.cpp, core/room/other.cpp")
    return covered


def check_tests(house):
    covered = covered_sources(house)
    for path in house.files:
        if fits(path, "core/*/*.cpp") and path not in covered and not house.has(test_of(path)):
            house.wrong(path, 0, f"has no test: write {test_of(path)}, or name it in the test that runs it: "
                                 f"// Covers: {path}")


CHECKS = (check_top_level, check_readmes, check_text, check_columns, check_directions, check_core_order,
          check_own_header_first, check_tests)


def inspect(root):
    """The house at this root, with everything that was found."""
    house = House(os.path.realpath(root))
    for check in CHECKS:
        check(house)
    return house


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="example: tools/check_house.py")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."),
                        help="the tree to check (this one)")
    house = inspect(parser.parse_args().root)
    for warning in house.warnings:
        print("warning: " + warning)
    for violation in house.violations:
        print(violation)
    print(f"{len(house.files)} files, {len(house.violations)} violations, {len(house.warnings)} warnings")
    return 1 if house.violations else 0


if __name__ == "__main__":
    sys.exit(main())
