#!/usr/bin/env python3
"""Third-party projects build against an installed copy: installs the build into a fresh prefix, moves that prefix
elsewhere (nothing in it may point back), then configures and builds a copy of each installed template with
nothing but CMAKE_PREFIX_PATH, and a small C program with nothing but pkg-config.

A template's check.sh is run in the copy, whose build tree is ./build, with AURELIS_PREFIX (the installed copy) and
AURELIS_BIN (its command line) in the environment; exit status 0 means that the template works.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HOST_IN_C = """#include <aurelis/aurelis.h>
#include <stdio.h>
int main(void) { return printf("%s\\n", aurelis_version()) < 0; }
"""


class Failure(Exception):
    """One line that says what went wrong; the command's own output has been printed."""


def run(what, command, **options):
    """Runs a command; its output is shown only if it fails."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        print(done.stdout)
        raise Failure(f"{what}: exit status {done.returncode} of: {' '.join(map(str, command))}")
    return done.stdout


def install(options, scratch):
    first = scratch / "first"
    run("install", [options.cmake, "--install", options.build, "--prefix", first])
    prefix = scratch / "moved"
    first.rename(prefix)
    return prefix


def expect_complete(options, prefix):
    """Everything is there that the documentation promises."""
    lib = prefix / options.libdir
    wanted = [prefix / "bin/aurelis", prefix / "bin/aurelis-conformance", prefix / "share/aurelis/config/default.yaml",
              lib / "libaurelis.so", lib / "libaurelis.so.1", lib / "pkgconfig/aurelis.pc"]
    wanted += [lib / "cmake/aurelis" / name for name in
               ("aurelisConfig.cmake", "aurelisConfigVersion.cmake", "aurelisTargets.cmake", "AurelisPlugin.cmake",
                "AurelisCloseToOthers.cmake")]
    headers = options.source / "sdk/include"
    wanted += [prefix / "include" / path.relative_to(headers) for path in headers.rglob("*.h*")]
    built = options.build / "lib/aurelis/plugins"
    wanted += [lib / "aurelis/plugins" / path.name for path in built.glob("*.so")]
    pages = prefix / "share/aurelis"
    wanted += [pages / "sdk/README.md", pages / "sdk/CHANGELOG.md", pages / "sdk/conformance/README.md"]
    sources = options.source / "sdk/templates"
    wanted += [pages / "sdk/templates" / path.relative_to(sources) for path in sources.rglob("*") if path.is_file()]
    missing = [str(path.relative_to(prefix)) for path in wanted if not path.exists()]
    if missing:
        raise Failure("the installed copy lacks: " + ", ".join(missing))


def expect_links(prefix):
    """A page for authors leads to pages that are installed, too."""
    for page in sorted((prefix / "share/aurelis/sdk").rglob("*.md")):
        prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
            if "://" not in target and not (page.parent / target).exists():
                raise Failure(f"{page.relative_to(prefix)} leads to {target}, which is not installed")


def expect_movable(options, prefix):
    """No text file and no library names the place where it was built or first installed."""
    places = [str(place).encode() for place in (options.build, options.source, prefix.parent / "first")]
    for path in sorted(prefix.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix in (".cmake", ".pc"):
            data = path.read_bytes()
        elif path.suffix == ".so" or path.parent.name == "bin" or ".so." in path.name:
            data = run("readelf", ["readelf", "-d", path]).encode()
        else:
            continue
        named = [place.decode() for place in places if place in data]
        if named:
            raise Failure(f"{path.relative_to(prefix)} names {named[0]}; an installed copy must be movable")
    run("the installed command line", [prefix / "bin/aurelis", "--help"])


def clean_environment(**more):
    """The caller's environment, without anything that could help a build to find us."""
    hidden = ("CMAKE_PREFIX_PATH", "LD_LIBRARY_PATH", "CPATH", "LIBRARY_PATH", "PKG_CONFIG_PATH", "CFLAGS", "CXXFLAGS",
              "AURELIS_CONFIG", "DESTDIR")
    return {**{name: value for name, value in os.environ.items() if name not in hidden}, **more}


def build_by_pkg_config(options, prefix, scratch):
    environment = clean_environment(PKG_CONFIG_PATH=str(prefix / options.libdir / "pkgconfig"))
    flags = run("pkg-config", ["pkg-config", "--cflags", "--libs", "aurelis"], env=environment).split()
    (scratch / "host.c").write_text(HOST_IN_C, encoding="utf-8")
    sanitize = ["-fsanitize=" + options.sanitize] if options.sanitize else []
    run("a C host by pkg-config", [options.cc, "-std=c11", "-Werror", *sanitize, "host.c", "-o", "host", *flags],
        cwd=scratch, env=environment)
    version = run("the C host", ["./host"], cwd=scratch,
                  env=clean_environment(LD_LIBRARY_PATH=str(prefix / options.libdir))).strip()
    stated = run("pkg-config", ["pkg-config", "--modversion", "aurelis"], env=environment).strip()
    if version != stated:
        raise Failure(f"aurelis_version() says {version}, pkg-config {stated}")


def expect_closed_to_others(template, tree):
    """Although the umask lets the group write: the loader refuses a plugin that others could have changed."""
    for plugin in tree.rglob("*.so"):
        for path in (plugin, *plugin.parents):
            if path.stat().st_mode & 0o022:
                raise Failure(f"{template.name}: others can write {path}; aurelis_add_plugin should have seen to that")
            if path == tree:
                break


def build_template(options, prefix, template, scratch):
    copy = scratch / template.name
    shutil.copytree(template, copy)
    environment = clean_environment(CC=options.cc, CXX=options.cxx, AURELIS_PREFIX=str(prefix),
                                    AURELIS_BIN=str(prefix / "bin/aurelis"))
    configure = [options.cmake, "-S", copy, "-B", copy / "build", "-G", options.generator,
                 f"-DCMAKE_PREFIX_PATH={prefix}"]
    if options.sanitize:  # A sanitized library wants a sanitized program around it.
        configure += [f"-DCMAKE_{language}_FLAGS=-fsanitize={options.sanitize}" for language in ("C", "CXX")]
        configure += ["--no-warn-unused-cli"]
    os.umask(0o002)  # As on many systems.
    run(f"{template.name}: configure", configure, env=environment)
    run(f"{template.name}: build", [options.cmake, "--build", copy / "build"], env=environment)
    os.umask(0o022)
    expect_closed_to_others(template, copy / "build")
    check = copy / "check.sh"
    if check.exists():
        run(f"{template.name}: check.sh", ["bash", check], cwd=copy, env=environment)
    print(f"{template.name}: built" + (" and checked" if check.exists() else ""))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("cmake", "generator", "cc", "cxx", "libdir"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--sanitize", default="")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    return parser.parse_args()


def main():
    options = arguments()
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="aurelis-out-of-tree-") as folder:
        scratch = pathlib.Path(folder)
        try:
            prefix = install(options, scratch)
            expect_complete(options, prefix)
            expect_links(prefix)
            expect_movable(options, prefix)
            build_by_pkg_config(options, prefix, scratch)
            installed = prefix / "share/aurelis/sdk/templates"
            templates = sorted(path.parent for path in installed.glob("*/CMakeLists.txt"))
            for template in templates:
                build_template(options, prefix, template, scratch)
            if not templates:
                raise Failure("no template is installed")
        except Failure as failure:
            print(failure)
            return 1
    print(f"{len(templates)} templates")
    return 0


if __name__ == "__main__":
    sys.exit(main())
