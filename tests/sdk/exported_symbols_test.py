#!/usr/bin/env python3
"""What the binaries export: libaurelis.so.1 only the C host API, a plugin its entry symbol.

usage: exported_symbols_test.py --nm NM --readelf READELF --header AURELIS.H LIBRARY-FOLDER
"""
import argparse
import glob
import os
import re
import subprocess
import sys

ENTRY = "aurelis_plugin_v1"


class Binaries:
    def __init__(self, nm, readelf):
        self.nm = nm
        self.readelf = readelf

    def exported(self, path):
        """(type letter, name) of each defined dynamic symbol; A is the name of a version, not a symbol."""
        output = subprocess.run([self.nm, "-D", "--defined-only", path], capture_output=True, text=True, check=True)
        rows = [line.split() for line in output.stdout.splitlines()]
        return [(row[-2], row[-1].split("@")[0]) for row in rows if row[-2] != "A"]

    def dynamic(self, path, tag):
        output = subprocess.run([self.readelf, "-d", path], capture_output=True, text=True, check=True)
        return re.findall(r"\(" + tag + r"\).*\[(.*)\]", output.stdout)


def declared(header):
    """The names of the functions that the header exports."""
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.S)
    return set(re.findall(r"\bAURELIS_EXPORT\b[^;{(]*?(\w+)\s*\(", text))


def check_library(binaries, path, header):
    wrong = []
    if binaries.dynamic(path, "SONAME") != ["libaurelis.so.1"]:
        wrong.append(f"{path}: the soname is {binaries.dynamic(path, 'SONAME')}, not libaurelis.so.1")
    symbols = binaries.exported(path)
    wrong += [f"{path}: exports {name} ({kind}), which is no function of the C host API"
              for kind, name in symbols if kind != "T" or not re.fullmatch(r"aurelis_[a-z0-9_]+", name)]
    names = {name for _, name in symbols}
    wrong += [f"{path}: {name} is declared in {header} and not exported" for name in sorted(declared(header) - names)]
    wrong += [f"{path}: {name} is exported and not declared in {header}" for name in sorted(names - declared(header))
              if name.startswith("aurelis_")]
    if not declared(header):
        wrong.append(f"{header}: declares no exported function")
    return wrong


def check_plugin(binaries, path):
    wrong = []
    symbols = binaries.exported(path)
    if symbols != [("T", ENTRY)]:
        shown = ", ".join(f"{name} ({kind})" for kind, name in symbols[:8])
        wrong.append(f"{path}: exports {len(symbols)} symbols, not {ENTRY} alone: {shown}")
    if any(name.startswith("libaurelis") for name in binaries.dynamic(path, "NEEDED")):
        wrong.append(f"{path}: links against libaurelis; a plugin gets all it needs through tables")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--readelf", default="readelf")
    parser.add_argument("--header", required=True)
    parser.add_argument("folder")
    options = parser.parse_args()

    binaries = Binaries(options.nm, options.readelf)
    wrong = []
    library = os.path.join(options.folder, "libaurelis.so.1")
    if os.path.exists(library):
        wrong += check_library(binaries, library, options.header)
    else:
        wrong.append(f"{library}: is not there")
    plugins = sorted(glob.glob(os.path.join(options.folder, "aurelis", "plugins", "*.so")))
    for plugin in plugins:
        wrong += check_plugin(binaries, plugin)
    if not plugins:
        wrong.append(f"{options.folder}/aurelis/plugins: holds no plugin")

    print("\n".join(wrong + [f"{len(plugins)} plugins and the library looked at, {len(wrong)} complaints"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
