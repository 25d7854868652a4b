#!/usr/bin/env python3
"""The pins of the plugin ABI: every struct, member and constant of types.h and abi.h has one in the pin files.

usage: abi_pins.py check INCLUDE-FOLDER PIN-FILE...   1 if a struct, member or constant has no pin (run by ctest)
       abi_pins.py print INCLUDE-FOLDER CC            prints pins for all there is, as the compiler sees it

print is for additions: copy the new lines. A pin that fails is never to be changed after 1.0; the header is wrong.
"""
import re
import subprocess
import sys
import tempfile

HEADERS = ("types.h", "abi.h")


def declarations(include):
    """({struct: [member]}, [constant]) of the two headers; they are regular enough for a few expressions."""
    structs, constants = {}, []
    for header in HEADERS:
        with open(f"{include}/aurelis/{header}", encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.S)
        text = re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.M | re.S)
        for match in re.finditer(r"\bstruct\s+(\w+)\s*\{(.*?)\}", text, flags=re.S):
            structs[match.group(1)] = [name for part in match.group(2).split(";") for name in member_names(part)]
        for match in re.finditer(r"\benum\s*\w*\s*\{(.*?)\}", text, flags=re.S):
            constants += [part.split("=")[0].strip() for part in match.group(1).split(",") if part.strip()]
    return structs, constants


def member_names(declaration):
    """The names in "uint32_t a, b", "const void *p", "char x[4]" and "status (*call)(int, int) NX"."""
    function = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
    if function:
        return [function.group(1)]
    return [re.sub(r"\[.*", "", part).split()[-1].lstrip("*") for part in declaration.split(",") if part.strip()]


def check(include, pin_files):
    structs, constants = declarations(include)
    pins = ""
    for path in pin_files:
        with open(path, encoding="utf-8") as file:
            pins += file.read()
    wanted = [f"SIZE({name}," for name in structs]
    wanted += [f"AT({name}, {member}," for name, members in structs.items() for member in members]
    wanted += [f"VALUE({name}," for name in constants]
    missing = [pin for pin in wanted if pin not in pins]
    for pin in missing:
        print(f"{pin_files[0]}: no pin {pin} ...); add what 'abi_pins.py print' says")
    print(f"{len(structs)} structs, {len(wanted)} pins wanted, {len(missing)} missing")
    return 1 if missing or len(structs) < 30 or len(constants) < 100 else 0


def print_pins(include, compiler):
    structs, constants = declarations(include)
    lines = ["#include <aurelis/abi.h>", "#include <stdio.h>", "int main(void) {"]
    for name, members in structs.items():
        lines.append(f'printf("\\nSIZE({name}, %zu);\\n", sizeof(struct {name}));')
        lines += [f'printf("AT({name}, {m}, %zu);\\n", offsetof(struct {name}, {m}));' for m in members]
    lines += [f'printf("VALUE({name}, %lld);\\n", (long long){name});' for name in constants]
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/print.c", "w", encoding="utf-8") as file:
            file.write("\n".join(lines + ["return 0; }", ""]))
        subprocess.run([compiler, "-std=c11", "-I", include, folder + "/print.c", "-o", folder + "/print"], check=True)
        subprocess.run([folder + "/print"], check=True)
    return 0


def main(arguments):
    if len(arguments) >= 3 and arguments[0] == "check":
        return check(arguments[1], arguments[2:])
    if len(arguments) == 3 and arguments[0] == "print":
        return print_pins(*arguments[1:])
    print(__doc__.split("\n\n")[1], file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
