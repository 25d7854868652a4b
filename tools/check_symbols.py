#!/usr/bin/env python3
"""Checks the link-time arrows between the core's rooms: a room uses only symbols of rooms below it, as with includes.

check_house.py checks what is included; a function that is declared by hand or reached through a template is found
here, in the object files of a built tree. Weak symbols (inline functions, instances of templates) are in every room
that uses them and do not count. One line per symbol, "core/room/name.cpp: what; the way out". Exit status: 0 no
violations, 1 violations, 2 wrong use, 3 the tree is not built.
"""
import argparse
import collections
import glob
import os
import subprocess
import sys

from check_house import CORE_RANK, core_room

OBJECTS = "core/CMakeFiles/aurelis_objects.dir"
DEFINED = "TDBRGSC"  # Strong definitions; W, V and u may be defined in many places.


class NotBuilt(Exception):
    """Why the object files cannot be examined."""


def objects_of(root, build):
    """(source, object) for each source of the core. Objects of sources that no longer exist do not count."""
    pairs = []
    for source in sorted(glob.glob(os.path.join(root, "core", "*", "*.cpp"))):
        room, name = source.split(os.sep)[-2:]
        built = os.path.join(build, OBJECTS, room, name + ".o")
        if not os.path.isfile(built):
            raise NotBuilt(f"{built} does not exist; build the target aurelis_objects first")
        pairs.append((f"core/{room}/{name}", built))
    if not pairs:
        raise NotBuilt(f"{root} has no sources in core/; name a tree with --root")
    return pairs


def symbols_of(nm, built):
    """(type, name) of each symbol of an object file."""
    try:
        done = subprocess.run([nm, "-P", built], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotBuilt(f"{nm} cannot read {built}: {getattr(error, 'stderr', None) or error}") from error
    for line in done.stdout.splitlines():
        name, kind = line.split()[:2]
        yield kind, name


def arrows(nm, pairs):
    """(source, symbol, sources that define it) for every symbol that another source defines."""
    defined = collections.defaultdict(set)
    undefined = []
    for source, built in pairs:
        for kind, name in symbols_of(nm, built):
            if kind == "U":
                undefined.append((source, name))
            elif kind in DEFINED:
                defined[name].add(source)
    return [(source, name, sorted(defined[name])) for source, name in undefined if name in defined]


def violations(nm, pairs):
    found = []
    for source, symbol, definers in arrows(nm, pairs):
        room = core_room(source)
        for definer in definers:
            other = core_room(definer)
            if other != room and CORE_RANK.get(other, 0) >= CORE_RANK.get(room, 0):
                found.append((source, symbol, definer))
    return found


def readable(names):
    """The names as in the source, if c++filt is available."""
    try:
        done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
        return done.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return list(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="example: tools/check_symbols.py build")
    parser.add_argument("build", help="a tree in which the core is built")
    parser.add_argument("--nm", default="nm", help="the program that lists symbols (nm)")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."),
                        help="the tree to check (this one)")
    options = parser.parse_args()
    try:
        pairs = objects_of(os.path.realpath(options.root), options.build)
        found = violations(options.nm, pairs)
    except NotBuilt as error:
        print(f"tools/check_symbols.py: {error}", file=sys.stderr)
        return 3
    for (source, _, definer), symbol in zip(found, readable([symbol for _, symbol, _ in found])):
        room, other = core_room(source), core_room(definer)
        print(f"{source}: {room} may not use {symbol}, which {definer} defines: {other} is not below {room}; move it "
              f"down, or have {other} hand it in")
    print(f"{len(pairs)} object files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
