#!/usr/bin/env python3
"""tools/run and tools/test on machines of all kinds: in a copy of the scripts, with fake dpkg-query, apt-get, sudo,
cmake, clang++ and ctest that record how they were called. That the real ones build is shown by every other test.

usage: setup_test.py SOURCE-FOLDER
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = None

FALSE_PROGRAMS = {
    "dpkg-query": 'for name in "$@"; do [[ " $ABSENT " == *" $name "* ]] || echo "installed $name"; done',
    "apt-get": 'echo "apt-get $*" >>"$CALLS"; [[ -z ${APT_FAILS-} || $* != *install* ]]',
    "sudo": 'echo sudo >>"$CALLS"; exec "$@"',
    "cmake": """echo "cmake $*" >>"$CALLS"; echo "words of the compiler"
        [[ -z ${BUILD_FAILS-} || $1 != --build ]] || exit 1
        if [[ $1 == --preset ]]; then touch "$TREE/build.ninja"; fi""",
    # Refuses the sources that have the word "unlocked" in them.
    "clang++": """echo "clang++ $*" >>"$CALLS"; [[ $(cat "${@: -1}") != *unlocked* ]]""",
    "ctest": """echo "ctest $*" >>"$CALLS"
        while (($# > 1)); do
            [[ $1 != --output-junit ]] || printf '<testsuite>%s</testsuite>' "$CASES" >"$2"
            shift
        done""",
}
PASSED = '<testcase name="a" status="run"/>'


class Machine:
    """A folder with the scripts, a folder with fake programs, which is the only one in PATH, and a list of calls."""

    def __init__(self, folder, without=()):
        self.root = pathlib.Path(folder) / "tree"
        self.bin = pathlib.Path(folder) / "bin"
        self.calls_file = pathlib.Path(folder) / "calls"
        (self.root / "build/bin").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copytree(SOURCE / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        for name, body in FALSE_PROGRAMS.items():
            if name not in without:
                self.write(self.bin / name, body)
        for name in ("bash", "cat", "dirname", "env", "mkdir", "nproc", "python3", "rm", "setarch", "tail", "touch",
                     "uname"):
            (self.bin / name).symlink_to(shutil.which(name))
        self.write(self.root / "build/bin/aurelis", 'printf "aurelis"; printf " <%s>" "$@"; echo; exit 7')

    @staticmethod
    def write(path, body):
        path.write_text("#!" + shutil.which("bash") + "\n" + body + "\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, script, *arguments, tree="build", **environment):
        """The finished process; its calls are in self.calls afterwards."""
        self.calls_file.write_text("", encoding="utf-8")
        done = subprocess.run(
            [self.root / "tools" / script, *arguments], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=60,
            env={"PATH": str(self.bin), "CALLS": str(self.calls_file), "TREE": str(self.root / tree), "ABSENT": "",
                 "CASES": PASSED, **environment})
        self.calls = self.calls_file.read_text(encoding="utf-8").splitlines()
        return done

    def add_core(self, **sources):
        """Sources of a room of the core, by name, as a configured tree knows them."""
        room = self.root / "core/room"
        room.mkdir(parents=True)
        entries = []
        for name, text in sources.items():
            (room / f"{name}.cpp").write_text(text, encoding="utf-8")
            command = f"g++ -DTEXT='\"a b\"' -I{self.root}/core -isystem /opt/x -O3 -Werror -std=c++20 -o {name}.o -c x"
            entries.append({"directory": str(self.root / "build"), "file": str(room / f"{name}.cpp"),
                            "command": command})
        (self.root / "build/compile_commands.json").write_text(json.dumps(entries), encoding="utf-8")

    def called(self, program):
        return [call for call in self.calls if call.split()[0] == program]


class SetUp(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def machine(self, **options):
        return Machine(self.folder.name, **options)

    def test_nothing_missing_calls_no_apt_get(self):
        machine = self.machine()
        machine.run("run")
        self.assertEqual(machine.called("apt-get"), [])

    def test_only_what_is_missing_is_installed_and_named(self):
        machine = self.machine()
        done = machine.run("run", ABSENT="ninja-build libarchive-dev")
        calls = [call for call in machine.called("apt-get")]
        self.assertEqual(len(calls), 2, machine.calls)
        self.assertTrue(calls[0].endswith(" update"), calls)
        self.assertTrue(calls[1].endswith(" install -y --no-install-recommends ninja-build libarchive-dev"), calls)
        self.assertIn("Installing with apt-get: ninja-build libarchive-dev", done.stderr)
        self.assertEqual(machine.called("sudo"), [] if os.geteuid() == 0 else ["sudo", "sudo"])

    def test_tests_need_more_than_the_program(self):
        machine = self.machine()
        machine.run("run", ABSENT="catch2")
        self.assertEqual(machine.called("apt-get"), [])
        machine.run("test", ABSENT="catch2")
        self.assertTrue(machine.called("apt-get")[1].endswith(" catch2"), machine.calls)

    def test_a_failing_installation_stops(self):
        machine = self.machine()
        done = machine.run("run", ABSENT="ninja-build", APT_FAILS="1")
        self.assertEqual(done.returncode, 3)
        self.assertIn("install by hand: ninja-build", done.stderr)
        self.assertEqual(machine.called("cmake"), [])

    def test_other_systems_are_told_what_is_needed_and_build(self):
        machine = self.machine(without=("dpkg-query", "apt-get"))
        done = machine.run("run")
        self.assertIn("not a Debian system", done.stderr)
        self.assertIn("libyaml-cpp-dev", done.stderr)
        self.assertEqual(done.returncode, 7)

    def test_run_does_the_main_job_and_keeps_status_and_output(self):
        machine = self.machine()
        done = machine.run("run")
        self.assertEqual((done.returncode, done.stdout),
                         (7, f"aurelis <run> <--config> <{machine.root}/config/default.yaml>\n"))
        done = machine.run("run", "--keep")
        self.assertTrue(done.stdout.endswith("default.yaml> <--keep>\n"), done.stdout)

    def test_run_hands_arguments_after_two_dashes_to_the_command_line(self):
        done = self.machine().run("run", "--", "get", "a b", "--json")
        self.assertEqual(done.stdout, "aurelis <get> <a b> <--json>\n")

    def test_build_output_is_shown_only_on_failure(self):
        machine = self.machine()
        self.assertNotIn("words of the compiler", machine.run("run").stderr)
        done = machine.run("run", BUILD_FAILS="1")
        self.assertIn("words of the compiler", done.stderr)
        self.assertEqual((done.returncode, done.stdout), (3, ""))

    def test_an_unchanged_tree_is_not_configured_again(self):
        machine = self.machine()
        machine.run("run")
        self.assertEqual(len(machine.called("cmake")), 2, machine.calls)
        machine.run("run")
        self.assertEqual(len(machine.called("cmake")), 1, machine.calls)
        machine.run("test")
        self.assertIn("-DAURELIS_WERROR=ON", machine.called("cmake")[0])

    def test_the_sanitizers_have_trees_of_their_own(self):
        machine = self.machine()
        for option, preset, tree in (("--asan", "asan-ubsan", "build-asan"), ("--tsan", "tsan", "build-tsan")):
            machine.run("test", option, "-R", "memory", tree=tree)
            self.assertIn(f"--preset {preset} ", machine.called("cmake")[0])
            self.assertIn(f"--test-dir {machine.root}/{tree} ", machine.called("ctest")[0])
            self.assertTrue(machine.called("ctest")[0].endswith(" -R memory"), machine.calls)

    def test_the_long_runs_are_made_on_request(self):
        machine = self.machine()
        machine.run("test")
        self.assertNotIn("long", machine.called("ctest")[0])
        for options, tree in ((("--model",), "build"), (("--tsan", "--model"), "build-tsan")):
            machine.run("test", *options, "-R", "disk", tree=tree)
            self.assertIn(f"--test-dir {machine.root}/{tree} ", machine.called("ctest")[0])
            self.assertTrue(machine.called("ctest")[0].endswith(" -C Model -L ^long$ --verbose -R disk"), machine.calls)

    def test_thread_safety_has_clang_look_at_each_source_of_the_core(self):
        machine = self.machine()
        machine.add_core(one="locked", two="locked")
        done = machine.run("test", "--thread-safety")
        self.assertEqual((done.returncode, done.stdout), (0, "2 passed, 0 failed\n"), done.stderr)
        self.assertEqual((machine.called("apt-get"), machine.called("ctest")), ([], []))
        calls = machine.called("clang++")
        self.assertEqual(len(calls), 2, machine.calls)
        for call in calls:
            self.assertIn(f' -DTEXT="a b" -I{machine.root}/core -isystem /opt/x -std=c++20 -fsyntax-only ', call)
            self.assertIn(" -Werror=thread-safety ", call)
        self.assertNotIn(" -O3 ", calls[0])

    def test_thread_safety_counts_the_sources_that_clang_refuses(self):
        machine = self.machine()
        machine.add_core(one="locked", two="unlocked", three="locked")
        done = machine.run("test", "--thread-safety")
        self.assertEqual(done.returncode, 1)
        self.assertIn("core/room/two.cpp: refused by clang", done.stdout)
        self.assertTrue(done.stdout.endswith("\n2 passed, 1 failed\n"), done.stdout)

    def test_thread_safety_alone_installs_clang(self):
        machine = self.machine()
        machine.add_core(one="locked")
        machine.run("test", ABSENT="clang")
        self.assertEqual(machine.called("apt-get"), [])
        machine.run("test", "--thread-safety", ABSENT="clang")
        self.assertTrue(machine.called("apt-get")[1].endswith(" clang"), machine.calls)

    def test_thread_safety_that_cannot_look_has_failed(self):
        machine = self.machine(without=("clang++",))
        machine.add_core(one="locked")
        done = machine.run("test", "--thread-safety")
        self.assertEqual((done.returncode, done.stdout), (3, "0 passed, 1 failed\n"))
        self.assertIn("there is no clang++; install clang", done.stderr)
        (machine.root / "build/compile_commands.json").unlink()
        machine.write(machine.bin / "clang++", "true")
        done = machine.run("test", "--thread-safety")
        self.assertEqual((done.returncode, done.stdout), (3, "0 passed, 1 failed\n"))
        self.assertIn("is not a configured tree", done.stderr)
        (machine.root / "build/compile_commands.json").write_text("[]", encoding="utf-8")
        done = machine.run("test", "--thread-safety")
        self.assertEqual((done.returncode, done.stdout), (1, "0 passed, 1 failed\n"))
        done = machine.run("test", "--thread-safety", "-R", "memory")
        self.assertIn("'-R' has no effect; leave it out", done.stderr)
        self.assertEqual((done.returncode, machine.called("clang++")), (3, []))

    def test_the_last_line_counts(self):
        machine = self.machine()
        done = machine.run("test")
        self.assertEqual((done.returncode, done.stdout), (0, "1 passed, 0 failed\n"))
        done = machine.run("test", CASES=PASSED + '<testcase name="b" status="fail"/>')
        self.assertEqual((done.returncode, done.stdout), (1, "1 passed, 1 failed\n"))
        done = machine.run("test", BUILD_FAILS="1")
        self.assertEqual((done.returncode, done.stdout), (3, "0 passed, 1 failed\n"))

    def test_help_touches_nothing(self):
        machine = self.machine()
        for script in ("run", "test"):
            done = machine.run(script, "--help", ABSENT="cmake")
            self.assertEqual((done.returncode, machine.calls), (0, []))
            self.assertIn("usage: tools/" + script, done.stdout)


if __name__ == "__main__":
    SOURCE = pathlib.Path(sys.argv.pop())
    unittest.main()
