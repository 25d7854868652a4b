#!/usr/bin/env python3
"""Every path that a page or a comment names exists. One line per path that does not, "file:line: ...; the way out".

What counts as a path:
- in pages (*.md) the target of a link, unless it is a URL or an anchor; and a word in backticks outside code blocks
  that has a slash, or none and ends like a source or a page (SOURCES);
- in comments of C, C++, Python and CMake a word that has a slash and begins with a folder of the top level or ends
  like one of our files, and a word without a slash that ends like a source or a page (SOURCES).
A word may hold * and {a,b}; something must fit. A source may be named without its ending. A path counts from the
file's own folder, from each folder above it, and from the folders that paths are given from elsewhere (ROOTS); a name
without a slash may be anywhere. Not looked at: what is absolute, in somebody's home or working folder, in a build tree,
the id of an extension, or has a placeholder in capitals. What remains is in EXCEPTIONS, with reasons.
Exit status: 0 all exist, 1 some do not.
"""
import argparse
import fnmatch
import os
import re
import sys

SUFFIXES = (".h", ".hpp", ".c", ".cpp", ".py", ".sh", ".md", ".cmake", ".yaml", ".in", ".txt")
SOURCES = (".h", ".hpp", ".c", ".cpp", ".py", ".sh", ".md", ".cmake")
ROOTS = ("", "core", "sdk", "sdk/include", "sdk/include/aurelis", "plugins", "plugins/backends", "plugins/serializers",
         "tests", "tools")
CODE = (".h", ".hpp", ".c", ".cpp", ".py", ".cmake", "CMakeLists.txt")
SKIPPED_FOLDERS = (".git", "__pycache__")

# (file, path, reason), as patterns of fnmatch.
EXCEPTIONS = (
    ("config/README.md", "*/[smhd]", "a rate, such as 100/s"),
    ("plugins/README.md", "aurelis/plugins", "where an installed copy has its plugins"),
    ("plugins/README.md", "../lib/aurelis/plugins", "the same"),
    ("sdk/conformance/README.md", "n/a", "a verdict"),
    ("sdk/*.md", "share/aurelis/sdk", "where an installed copy has the pages and templates"),
    ("sdk/CHANGELOG.md", "bin/aurelis-conformance", "the same of the suite"),
    ("tests/tools/named_paths_test.py", "*", "made up, for the test of this script"),
    ("tools/bench/data/README.md", "data/arena-hard-v0.1/*", "in the repository that the data come from"),
)

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TICKED = re.compile(r"`([^`\s]+)`")
WORD = re.compile(r"(?<![\w/.$~<\"'-])[\w.*{},+-]*(?:/[\w.*{},+-]+)*/?")
OUTSIDE = re.compile(r"^(?:/|~|\$|\.\.?$|\./|build[/-]|https?:|[a-z]+://|#|[\w.]+/\d+$)")
PATH = re.compile(r"^[\w.*{},/+-]+$")
PLACEHOLDER = re.compile(r"(?:^|[/._-])[A-Z]{4,}(?:$|[/._-])")


def files_of(root):
    for folder, names, files in os.walk(root):
        at_top = folder == root
        names[:] = [n for n in names if n not in SKIPPED_FOLDERS and not (at_top and n.startswith("build"))]
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


class Tree:
    """The existing files, and whether a word names some of them."""

    def __init__(self, root):
        self.files = sorted(files_of(root))
        self.paths = set(self.files)
        for file in self.files:
            while "/" in file:
                file = file.rsplit("/", 1)[0]
                self.paths.add(file)
        self.top = {path for path in self.paths if "/" not in path}
        self.names = {path.rsplit("/", 1)[-1] for path in self.paths}

    def has(self, path):
        path = os.path.normpath(path).replace(os.sep, "/")
        if "*" in path:
            return any(fnmatch.fnmatchcase(one, path) for one in self.paths)
        return path in self.paths

    def knows(self, word, file):
        word = word.rstrip("/")
        if "/" not in word and "*" not in word:
            return word in self.names
        folder = os.path.dirname(file)
        starts = [folder]
        while folder:
            folder = os.path.dirname(folder)
            starts.append(folder)
        return any(self.has(os.path.join(start, word + ending))
                   for start in (*starts, *ROOTS) for ending in ("", *SOURCES))


def alternatives(word):
    """a{b,c}d -> abd, acd."""
    inner = re.search(r"\{([^{}]*)\}", word)
    if inner is None:
        return [word]
    return [one for part in inner.group(1).split(",")
            for one in alternatives(word[:inner.start()] + part + word[inner.end():])]


def in_page(text):
    """(line, word) of each path in a page."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            for target in LINK.findall(line):
                if not OUTSIDE.match(target):
                    yield number, target.split("#")[0]
            for word in TICKED.findall(line):
                if "/" in word.strip("/") or word.endswith(("/", *SOURCES)):
                    yield number, word


def comments_of(text, name):
    """(line, text) of each line of comment."""
    hashes = name.endswith((".py", ".cmake", "CMakeLists.txt"))
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if hashes:
            at = line.find("#")
            if at >= 0:
                yield number, line[at + 1:]
            continue
        if inside:
            end = line.find("*/")
            yield number, line if end < 0 else line[:end]
            inside = end < 0
            continue
        at = re.search(r"(?<![:\"'])//|/\*", line)
        if at is None:
            continue
        if at.group() == "/*":
            end = line.find("*/", at.end())
            yield number, line[at.end():] if end < 0 else line[at.end():end]
            inside = end < 0
        else:
            yield number, line[at.end():]


def in_code(text, name, top):
    for number, line in comments_of(text, name):
        for match in WORD.finditer(line):
            word = match.group().rstrip(".,")
            if "/" in word:
                if word.endswith(SUFFIXES) or (word.split("/")[0] in top and "/" in word.rstrip("/")):
                    yield number, word
            elif word.endswith(SOURCES) and not word.startswith("."):
                yield number, word


def is_allowed(file, word):
    return any(fnmatch.fnmatchcase(file, of) and fnmatch.fnmatchcase(word, path) for of, path, _ in EXCEPTIONS)


def look_at(tree, root, file):
    with open(os.path.join(root, file), encoding="utf-8", errors="replace") as source:
        text = source.read()
    found = in_page(text) if file.endswith(".md") else in_code(text, file, tree.top)
    for number, word in found:
        if OUTSIDE.match(word) or not PATH.match(word) or PLACEHOLDER.search(word) or is_allowed(file, word):
            continue
        for one in alternatives(word):
            if not tree.knows(one, file):
                yield (f"{file}:{number}: there is no '{one}'; "
                       "correct the path, or list it in tests/tools/named_paths.py")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("root")
    root = parser.parse_args().root
    tree = Tree(root)
    lines = [line for file in tree.files if file.endswith((".md", *CODE)) for line in look_at(tree, root, file)]
    print("\n".join(lines) or f"{len(tree.files)} files, every path that they name is there")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
