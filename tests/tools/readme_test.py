#!/usr/bin/env python3
"""Does what a README says: its commands are run, its files are checked, its programs are compiled, its links followed.

Each README is worked through from top to bottom as its reader would, in a home folder of its own, beginning in a folder
that looks like the checkout after `tools/run`. A fence whose line before ends with "`NAME`:" is also written to that
file.

  sh     runs in bash, and stops at the first command that fails; folder and exported variables pass on to the next one.
         Lines of tools/ are not run, since the tests are run by them: each must be there and answer --help.
  text   what the sh block before must have printed, blanks counted as one; … stands for anything within a line, a line
         with nothing else for any number of lines
  yaml   must be valid for `aurelis config check`
  c cpp  must compile without a warning, as C11 and C++20; what has a main must end with exit status 0
  cmake  is only written to its file
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\S*)\s*$")
FILE_NAME = re.compile(r"`([\w.-]+)`:$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TIMEOUT = 300
RUN_BLOCK = 'cd "$(cat "$STATE/folder")"; . "$STATE/exports"; set -euo pipefail; . "$STATE/block"; ' \
            'export -p >"$STATE/exports"; pwd >"$STATE/folder"'


class Failure(Exception):
    """One line about what does not hold, with what was seen."""


class Block:
    """One fence of a README."""

    def __init__(self, language, line, name):
        self.language, self.line, self.name = language, line, name
        self.lines = []

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


def blocks_of(text):
    """The fences of a README, in their order."""
    blocks, open_block, before = [], None, ""
    for number, line in enumerate(text.split("\n"), 1):
        fence = FENCE.match(line)
        if open_block is not None:
            if fence:
                blocks.append(open_block)
                open_block = None
            else:
                open_block.lines.append(line)
        elif fence:
            name = FILE_NAME.search(before)
            open_block = Block(fence.group(1), number, name.group(1) if name else None)
        if line.strip():
            before = line.strip()
    if open_block is not None:
        raise Failure(f"the fence of line {open_block.line} has no end")
    return blocks


def without_fences(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def pattern_of(expected):
    """A regular expression for output in which blanks have been squeezed."""
    parts = []
    for line in squeezed(expected).split("\n")[:-1]:
        parts.append(r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n")
    return "".join(parts)


def squeezed(text):
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.rstrip("\n").split("\n")]
    return "".join(line + "\n" for line in lines)


class Reader:
    """A reader who follows one README: a home folder, a checkout, a shell whose state is kept."""

    def __init__(self, options, scratch):
        self.options = options
        self.scratch = scratch
        self.home, self.repo, self.state, self.bin = (scratch / name for name in ("home", "checkout", "state", "bin"))
        for folder in (self.home, self.repo, self.state, self.bin):
            folder.mkdir()
        for entry in options.source.iterdir():
            if not entry.name.startswith((".", "build")):
                (self.repo / entry.name).symlink_to(entry)
        (self.repo / "build").symlink_to(options.build)
        self.make_compilers()
        (self.state / "folder").write_text(f"{self.repo}\n", encoding="utf-8")
        (self.state / "exports").write_text("", encoding="utf-8")
        hidden = ("CMAKE_PREFIX_PATH", "LD_LIBRARY_PATH", "CPATH", "LIBRARY_PATH", "DESTDIR", "NO_COLOR")
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in hidden and not name.startswith(("AURELIS_", "XDG_"))}
        flags = f"-fsanitize={options.sanitize}" if options.sanitize else ""
        self.environment.update(HOME=str(self.home), STATE=str(self.state), LC_ALL="C.UTF-8", CFLAGS=flags,
                                CXXFLAGS=flags, CC=str(options.cc), CXX=str(options.cxx),
                                PATH=f"{self.bin}:{os.environ['PATH']}")
        self.output = None  # Of the sh block before.
        self.did = {}

    def make_compilers(self):
        """cc and c++ are those of the build, with its sanitizers, which the library wants around it."""
        for name, compiler, flags in (("cc", self.options.cc, "CFLAGS"), ("c++", self.options.cxx, "CXXFLAGS")):
            script = self.bin / name
            script.write_text(f'#!/bin/sh\nexec "{compiler}" ${flags} "$@"\n', encoding="utf-8")
            script.chmod(0o755)

    @property
    def folder(self):
        return pathlib.Path((self.state / "folder").read_text(encoding="utf-8").strip())

    def run(self, what, command, folder=None):
        done = subprocess.run([str(part) for part in command], cwd=folder or self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              encoding="utf-8", errors="replace", timeout=TIMEOUT, check=False)
        if done.returncode != 0:
            raise Failure(f"{what}: exit status {done.returncode}\n{done.stdout}")
        return done.stdout

    def follow(self, block):
        if block.name:
            (self.folder / block.name).write_text(block.text, encoding="utf-8")
        work = {"sh": self.sh, "text": self.text, "yaml": self.yaml, "c": self.program, "cpp": self.program,
                "cmake": lambda _: None, "": lambda _: None}.get(block.language)
        if work is None:
            raise Failure(f"nothing checks a fence of '{block.language}'; use one of those that readme_test.py knows")
        work(block)
        if block.language not in ("sh", ""):
            self.output = None
        self.did[block.language] = self.did.get(block.language, 0) + 1

    def sh(self, block):
        commands = [line for line in block.lines if line.strip() and not line.startswith("#")]
        if any(command.startswith("tools/") for command in commands):
            self.output = None
            return self.tools(commands)
        (self.state / "block").write_text(block.text, encoding="utf-8")
        self.output = self.run("the commands", ["bash", "-c", RUN_BLOCK])
        return None

    def tools(self, commands):
        for command in commands:
            script = command.split()[0]
            if not script.startswith("tools/"):
                raise Failure(f"'{command}' stands among commands of tools/, which are not run; "
                              "give it a fence of its own")
            if not os.access(self.options.source / script, os.X_OK):
                raise Failure(f"'{script}' is not there, or not to be executed")
            if "usage:" not in self.run(f"{script} --help", [self.options.source / script, "--help"]):
                raise Failure(f"{script} --help does not say how it is used")

    def text(self, block):
        if self.output is None:
            raise Failure("expected output without commands right before it")
        if re.fullmatch(pattern_of(block.text), squeezed(self.output)) is None:
            raise Failure(f"the commands said something else\n-- expected\n{block.text}-- said\n{self.output}--")

    def yaml(self, block):
        path = self.folder / (block.name or "unnamed.yaml")
        path.write_text(block.text, encoding="utf-8")
        self.run("aurelis config check", [self.options.build / "bin/aurelis", "config", "check", "--config", path])

    def program(self, block):
        """In a folder of its own with copies of the configurations, so that the reader finds what it expects."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as name:
            folder = pathlib.Path(name)
            for config in self.folder.glob("*.yaml"):
                shutil.copy(config, folder)
            source = folder / f"program.{block.language}"
            source.write_text(block.text, encoding="utf-8")
            compiler, standard = (("cc", "-std=c11"), ("c++", "-std=c++20"))[block.language == "cpp"]
            command = [self.bin / compiler, standard, "-Wall", "-Wextra", "-Werror", f"-I{self.repo}/sdk/include",
                       source]
            if not re.search(r"\bint main\(", block.text):
                self.run("compiling", command + ["-c", "-o", "program.o"], folder)
                return
            library = self.options.build / "lib"
            linking = [f"-L{library}", "-laurelis", f"-Wl,-rpath,{library}", "-o", "program"]
            self.run("compiling", command + linking, folder)
            self.run("running", [folder / "program"], folder)


def check_links(source, readme, text):
    """Relative links lead somewhere."""
    for target in LINK.findall(without_fences(text)):
        path = target.split("#")[0]
        if path and not re.match(r"[a-z]+:", path) and not (readme.parent / path).exists():
            raise Failure(f"the link to {target} leads nowhere from {readme.parent.relative_to(source) or '.'}")


def follow_readme(options, readme):
    """A list of what does not hold, one text each, and how many blocks of each language were processed."""
    failures, text = [], readme.read_text(encoding="utf-8")
    try:
        check_links(options.source, readme, text)
        blocks = blocks_of(text)
    except Failure as failure:
        return [str(failure)], {}
    with tempfile.TemporaryDirectory(prefix="aurelis-readme-") as scratch:
        reader = Reader(options, pathlib.Path(scratch))
        for block in blocks:
            try:
                reader.follow(block)
            except (Failure, subprocess.TimeoutExpired) as failure:
                failures.append(f"{block.line}: {failure}")
                break  # What comes after depends on it.
    return failures, reader.did


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name in ("source", "build", "cc", "cxx"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--sanitize", default="")
    parser.add_argument("--wants", default="", help="languages that the README must have, separated by commas")
    parser.add_argument("readme", help="from the source folder")
    options = parser.parse_args()
    options.source, options.build = options.source.resolve(), options.build.resolve()
    os.umask(0o022)  # The loader refuses plugins that others can write.
    failures, did = follow_readme(options, options.source / options.readme)
    missing = [language for language in options.wants.split(",") if language and not did.get(language)]
    if missing and not failures:
        failures.append("no fence of: " + ", ".join(missing))
    for failure in failures:
        print(f"{options.readme}:{failure}")
    print(", ".join(f"{count} {language or 'other'}" for language, count in sorted(did.items())) or "no fence at all")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
