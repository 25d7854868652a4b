#!/usr/bin/env python3
"""The command line from outside: what it prints, what it stores for the next process, and its exit status.

AURELIS_BIN names the program (build/bin/aurelis, with lib/ and share/ beside bin/), AURELIS_CC a C compiler for plugins
that misbehave. Each test has a home folder of its own. What the library does with entries is tested elsewhere.
"""
import gzip
import json
import lzma
import os
import re
import pty
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

BIN = os.path.realpath(os.environ.get("AURELIS_BIN") or
                       os.path.join(os.path.dirname(__file__), "../../build/bin/aurelis"))
CC = os.environ.get("AURELIS_CC", "cc")
TREE = os.path.dirname(os.path.dirname(BIN))
TIMEOUT_S = 120

DONE, MISS, USAGE, FAILURE = 0, 1, 2, 3

JOHN = '{"name":"John","role":"developer"}'


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="aurelis-cli-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.env = {"HOME": self.home, "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def start(self, *arguments, program=BIN, **more):
        return subprocess.Popen([program, *arguments], env=self.env, cwd=self.home, stdout=subprocess.PIPE,
                                stderr=more.pop("stderr", subprocess.PIPE), stdin=subprocess.PIPE, **more)

    def aurelis(self, *arguments, status=DONE, given=b"", **more):
        """Runs it to its end; returns standard output as bytes. self.said is standard error as text."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(given, timeout=TIMEOUT_S)
        self.said = (err or b"").decode()
        if status is not None:
            self.assertEqual(process.returncode, status, f"aurelis {' '.join(arguments)}\n{out!r}\n{self.said}")
        return out

    def text(self, *arguments, **more):
        return self.aurelis(*arguments, **more).decode()

    def json(self, *arguments, **more):
        return json.loads(self.aurelis(*arguments, "--json", **more))

    def refused(self, *arguments, **more):
        """Wrong use: status 2, nothing on standard output, one line, which is returned."""
        out = self.aurelis(*arguments, status=more.pop("status", USAGE), **more)
        self.assertEqual(out, b"")
        lines = self.said.splitlines()
        self.assertEqual(len(lines), 1, self.said)
        return lines[0]

    def file(self, name, content):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def config(self, layers="", more="", disk="data/aurelis.db"):
        return self.file("conf/cache.yaml",
                         "layers:\n"
                         f"  - {{name: L1, backend: memory, priority: 2{layers}}}\n"
                         f"  - {{name: L2, backend: sqlite-disk, priority: 1, options: {{path: {disk}}}}}\n" + more)


class Entries(CommandLine):
    def test_set_then_get_in_a_new_process_answers_from_the_disk(self):
        key = self.text("set", "user_data", "user123", JOHN, "--ttl", "3600")
        self.assertEqual(key, "aurelis:v1:user_data:user123\n")
        self.assertEqual(self.text("get", "user_data", "user123"), JOHN)
        self.assertEqual(self.text("get", "user_data", "user123", "--layer"), JOHN + "\nlayer: L3_disk\n")
        self.assertEqual(self.text("get", key.strip()), JOHN)

    def test_the_data_of_the_default_lie_in_the_users_cache_folder(self):
        self.aurelis("set", "a", "b", "c")
        self.assertTrue(os.path.isfile(os.path.join(self.home, ".cache/aurelis/aurelis.db")))
        self.env["XDG_CACHE_HOME"] = os.path.join(self.home, "elsewhere")
        self.aurelis("get", "a", "b", status=MISS)
        self.aurelis("set", "a", "b", "c")
        self.assertTrue(os.path.isfile(os.path.join(self.home, "elsewhere/aurelis/aurelis.db")))

    def test_get_as_json_has_the_promised_keys(self):
        self.aurelis("set", "user_data", "user123", JOHN, "--ttl", "1h")
        answer = self.json("get", "user_data", "user123")
        self.assertEqual(list(answer), ["key", "status", "layer", "age_ms", "ttl_left_ms", "stale_left_ms", "value"])
        self.assertEqual(answer["key"], "aurelis:v1:user_data:user123")
        self.assertEqual((answer["status"], answer["layer"], answer["value"]),
                         ("hit", "L3_disk", {"name": "John", "role": "developer"}))
        self.assertGreaterEqual(answer["age_ms"], 0)
        self.assertTrue(3_500_000 < answer["ttl_left_ms"] <= 3_600_000, answer)

    def test_a_json_value_is_kept_to_the_digit_other_text_is_a_string_other_bytes_are_base64(self):
        self.aurelis("set", "c", "number", "12345678901234567890.10")
        self.assertIn(b'"value":12345678901234567890.10}', self.aurelis("get", "c", "number", "--json"))
        self.aurelis("set", "c", "text", "not json: \u00e9")
        self.assertEqual(self.json("get", "c", "text")["value"], "not json: \u00e9")
        self.aurelis("set", "c", "bytes", "-", given=b"a\0b\xff")
        self.assertEqual(self.json("get", "c", "bytes")["value_base64"], "YQBi/w==")
        self.assertEqual(self.aurelis("get", "c", "bytes"), b"a\0b\xff")

    def test_values_that_look_like_lists_options_or_nothing_are_kept(self):
        for value in ("[1,2]", "{}", "", "null", "%s%n"):
            self.aurelis("set", "c", "v", value)
            self.assertEqual(self.text("get", "c", "v"), value)
        self.assertIn("write -- before", self.refused("set", "c", "v", "-x"))
        self.aurelis("set", "c", "v", "--", "-x")
        self.assertEqual(self.text("get", "c", "v"), "-x")

    def test_names_of_commands_are_ordinary_arguments(self):
        self.aurelis("set", "stats", "run", "x")
        self.assertEqual(self.text("get", "stats", "run"), "x")

    def test_a_miss_exits_with_1_and_says_so_on_standard_error(self):
        self.assertEqual(self.aurelis("get", "user_data", "nobody", status=MISS), b"")
        self.assertIn("aurelis:v1:user_data:nobody", self.said)
        self.assertEqual(self.json("get", "user_data", "nobody", status=MISS),
                         {"key": "aurelis:v1:user_data:nobody", "status": "miss"})
        self.assertEqual(self.said, "")

    def test_params_belong_to_the_name_whatever_their_order(self):
        self.aurelis("set", "q", "1", "page one", "--params", '{"page": 1, "limit": 10}')
        self.assertEqual(self.text("get", "q", "1", "--params", '{"limit":10,"page":1}'), "page one")
        self.aurelis("get", "q", "1", status=MISS)
        self.aurelis("get", "q", "1", "--params", '{"page":2,"limit":10}', status=MISS)
        self.refused("get", "q", "1", "--params", "{page}")
        self.refused("get", "q", "1", "--params", "[1]")

    def test_ttl_and_stale_decide_between_hit_stale_and_miss(self):
        self.aurelis("set", "c", "gone", "x", "--ttl", "1ms")
        self.aurelis("get", "c", "gone", status=MISS)
        self.aurelis("set", "c", "old", "x", "--ttl", "1ms", "--stale", "1h")
        self.assertEqual(self.text("get", "c", "old"), "x")
        self.assertIn("stale", self.said)
        self.assertEqual(self.json("get", "c", "old")["status"], "stale")
        self.assertIn(", stale", self.text("get", "c", "old", "--layer"))
        forever = self.config()
        self.aurelis("set", "c", "never", "x", "--ttl", "never", "--config", forever)
        self.assertIsNone(self.json("get", "c", "never", "--config", forever)["ttl_left_ms"])

    def test_a_ttl_that_is_none_is_refused(self):
        for ttl in ("0", "0s", "-5", "5q", "1s1h", "", "99999999d", "nan"):
            line = self.refused("set", "c", "v", "x", "--ttl=" + ttl)
            self.assertIn("--ttl", line)
        for stale in ("-1", "never"):
            self.assertIn("--stale", self.refused("set", "c", "v", "x", "--ttl=5m", "--stale=" + stale))
        self.aurelis("get", "c", "v", status=MISS)

    def test_an_option_that_is_given_has_a_value(self):
        for option in ("--ttl", "--stale", "--tags", "--params", "--config"):
            self.assertIn(option + " is empty", self.refused("set", "c", "v", "x", option, ""))
        for command in (["get", "c", "v"], ["explain", "c", "v"], ["scan"]):
            self.assertIn("--only-layer is empty", self.refused(*command, "--only-layer", ""))
        for tags in ("a,,b", ",a", "a,"):
            self.assertIn("empty tag", self.refused("set", "c", "v", "x", "--tags", tags))
        self.assertEqual(self.aurelis("get", "c", "v", status=MISS), b"")

    def test_times_have_the_bounds_of_the_library(self):
        self.text("set", "c", "v", "x", "--ttl", "106751d", "--stale", "0")
        self.assertIn("106751 days", self.refused("set", "c", "v", "x", "--ttl", "106751d1s"))
        self.assertIn("never expires", self.refused("set", "c", "v", "x", "--ttl", "never", "--stale", "1h"))
        self.assertIn("1024 bytes", self.refused("set", "c", "v", "x", "--tags", "t" * 1025))
        self.assertIn("128 tags", self.refused("set", "c", "v", "x", "--tags", ",".join(f"t{i}" for i in range(129))))

    def test_remove_takes_an_entry_out_once(self):
        self.aurelis("set", "c", "v", "x")
        removed = self.json("remove", "c", "v")
        self.assertEqual((removed["key"], removed["status"]), ("aurelis:v1:c:v", "removed"))
        self.assertEqual([layer["name"] for layer in removed["layers"]], ["L1_memory", "L3_disk"])
        self.aurelis("get", "c", "v", status=MISS)
        self.assertEqual(self.json("remove", "c", "v", status=MISS)["status"], "miss")

    def test_scan_lists_keys_by_pattern_up_to_a_limit(self):
        for number in range(5):
            self.aurelis("set", "c", f"v{number}", "x")
        self.aurelis("set", "d", "w", "x")
        self.assertEqual(len(self.text("scan").splitlines()), 6)
        self.assertEqual(self.text("scan", "*:d:*"), "aurelis:v1:d:w\n")
        self.assertEqual(self.text("scan", "nothing*"), "")
        found = self.json("scan", "*:c:*")
        self.assertEqual(sorted(item["key"] for item in found["keys"]), [f"aurelis:v1:c:v{n}" for n in range(5)])
        self.assertEqual({item["layer"] for item in found["keys"]}, {"L3_disk"})
        self.assertTrue(found["complete"])
        some = self.json("scan", "--limit", "2")
        self.assertEqual((len(some["keys"]), some["complete"]), (2, False))
        self.assertEqual(self.json("scan", "--limit", "6")["complete"], True)
        self.assertEqual(self.text("scan", "--only-layer", "L1_memory"), "")
        self.refused("scan", "--limit", "0")
        self.assertIn("scan: --limit: 'many' is not a number; see", self.refused("scan", "--limit", "many"))

    def test_clear_names_each_layer_that_it_could_not_empty(self):
        config = self.file("away.yaml", b"layers:\n  - {name: L1, backend: memory, priority: 2}\n"
                           b"  - {name: L2, backend: sqlite-disk, priority: 1, options: {path: /proc/none/a.db}}\n")
        self.assertEqual(self.json("clear", "--yes", "--config", config, status=FAILURE),
                         {"removed": 0, "hidden_before": 0, "complete": False})
        self.assertIn("layer L2 (sqlite-disk): cannot open /proc/none", self.said)

    def test_clear_empties_this_cache_only_if_somebody_agrees(self):
        self.aurelis("set", "c", "v", "x")
        for given, status in ((b"n\n", MISS), (b"\n", MISS), (b"yess\n", MISS), (b"", USAGE)):
            self.assertEqual(self.aurelis("clear", given=given, status=status), b"")
            self.assertIn("nothing was removed", self.said)
        self.assertIn("aurelis clear --yes", self.said)
        self.assertEqual(self.text("get", "c", "v"), "x")
        self.assertEqual(self.text("clear", given=b"y\n"), "removed 1 entries\n")
        self.aurelis("set", "c", "v", "x")
        self.assertEqual(self.json("clear", "--yes"), {"removed": 1, "hidden_before": 0, "complete": True})
        self.assertEqual(self.text("scan"), "")
        self.aurelis("set", "c", "v", "x")
        for answer, status in ((b"n\n", MISS), (b"y\n", DONE)):
            master, terminal = pty.openpty()
            process = subprocess.Popen([BIN, "clear"], env=self.env, cwd=self.home, stdin=terminal,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            os.write(master, answer)
            process.communicate(timeout=TIMEOUT_S)
            self.assertEqual(process.returncode, status)
            os.close(master)
            os.close(terminal)
        self.assertEqual(self.text("scan"), "")

    def test_only_layer_asks_one_layer_and_names_the_known_ones(self):
        self.aurelis("set", "c", "v", "x")
        self.assertEqual(self.text("get", "c", "v", "--only-layer", "L3_disk"), "x")
        self.aurelis("get", "c", "v", "--only-layer", "L1_memory", status=MISS)
        line = self.refused("get", "c", "v", "--only-layer", "L2_disk")
        self.assertIn("L1_memory and L3_disk", line)
        self.assertIn("did you mean 'L3_disk'", line)

    def test_explain_tells_of_each_layer_and_changes_nothing(self):
        self.aurelis("set", "c", "v", "x", "--tags", "red,green")
        answer = self.json("explain", "c", "v")
        self.assertEqual((answer["key"], answer["status"], answer["policy"]), ("aurelis:v1:c:v", "hit", "default"))
        upper, lower = answer["layers"]
        self.assertEqual(set(upper), {"name", "state", "age_ms", "ttl_left_ms", "stale_left_ms", "stale",
                                      "negative", "tags", "bytes_raw", "bytes_stored", "stages", "breaker", "reason"})
        self.assertEqual((upper["state"], lower["state"]), ("absent", "present"))
        self.assertEqual(sorted(lower["tags"]), ["green", "red"])
        self.assertEqual(lower["bytes_raw"], 1)
        table = self.text("explain", "c", "v")
        self.assertIn("L3_disk", table)
        self.assertIn("ttl left", table)
        self.assertEqual(self.json("explain", "c", "w", status=MISS)["status"], "miss")

    def test_the_time_left_means_the_same_in_get_and_explain(self):
        self.aurelis("set", "c", "v", "x", "--ttl", "1h", "--stale", "2h")
        self.aurelis("set", "c", "w", "x", "--ttl", "1h")
        for answer in (self.json("get", "c", "v"), self.json("explain", "c", "v")["layers"][1]):
            self.assertTrue(3_400_000 < answer["ttl_left_ms"] <= 3_600_000, answer)
            self.assertTrue(10_600_000 < answer["stale_left_ms"] <= 10_800_000, answer)
        for answer in (self.json("get", "c", "w"), self.json("explain", "c", "w")["layers"][1]):
            self.assertTrue(3_400_000 < answer["ttl_left_ms"] <= 3_600_000, answer)
            self.assertIsNone(answer["stale_left_ms"])
        self.assertIn("stale left", self.text("explain", "c", "v"))
        self.assertNotIn("stale left", self.text("explain", "c", "w"))

    def test_stats_do_not_count_the_entries_that_keep_stamps(self):
        self.aurelis("set", "c", "v", "x")
        for name in ("a", "b", "d"):
            self.aurelis("invalidate", name)
        self.aurelis("clear", "--yes")
        self.aurelis("set", "c", "w", "x")
        self.assertEqual(self.json("stats")["layers"][1]["entries"], 1)
        table = self.text("stats")
        self.assertNotIn("{", table)
        self.assertRegex(table, r"(?m)^stamps +3$")

    def test_stats_show_the_layers(self):
        self.aurelis("set", "c", "v", "x")
        layers = {layer["name"]: layer for layer in self.json("stats")["layers"]}
        self.assertEqual(list(layers), ["L1_memory", "L3_disk"])
        self.assertEqual(layers["L3_disk"]["entries"], 1)
        table = self.text("stats")
        self.assertIn("sqlite-disk", table)
        self.assertIn("GiB", table)
        self.assertNotIn("origin", table)

    def test_stats_show_the_origins(self):
        with open(os.path.join(self.home, "o.yaml"), "w") as file:
            file.write("layers: [{name: L1, backend: memory, priority: 1}]\n"
                       "origins:\n"
                       "  truth: {backend: sqlite-disk, rate: 10/m, options: {path: o.db}}\n"
                       "  'host:users': {max_parallel: 8, breaker: none}\n")
        conf = ("--config", os.path.join(self.home, "o.yaml"))
        origins = {origin["name"]: origin for origin in self.json("stats", *conf)["origins"]}
        self.assertEqual(list(origins), ["host:users", "truth"])
        self.assertEqual((origins["truth"]["calls"], origins["truth"]["rate"]), (0, "10/m"))
        self.assertEqual((origins["host:users"]["max_parallel"], origins["host:users"]["backend"]), (8, None))
        table = self.text("stats", *conf)
        self.assertRegex(table, "(?m)^truth +sqlite-disk +closed +0 +0 ")
        self.assertRegex(table, "(?m)^host:users +- +none +0 +0 ")
        shown = self.json("config", "show", *conf)["origins"]
        self.assertEqual((shown["truth"]["rate"], shown["host:users"]["max_parallel"]), ("10/m", 8))


class WrongUse(CommandLine):
    def test_mistakes_are_one_line_with_the_word_that_was_meant(self):
        for arguments, hint in (
                (["gte"], "did you mean 'get'"), (["stat"], "did you mean 'stats'"), (["zzzzzz"], "--help"),
                ([], "--help"), (["config"], "check or show"), (["config", "chek"], "did you mean 'check'"),
                (["plugin"], "list or inspect"), (["dictionary"], "train"), (["get"], "aurelis get user_data user123"),
                (["set", "c"], "ID is missing"), (["set", "c", "v"], "VALUE is missing"),
                (["remove"], "CATEGORY and ID are missing"), (["get", "c", "v", "--jsn"], "did you mean '--json'"),
                (["get", "c", "v", "w"], "one argument too many"), (["--jsno", "stats"], "did you mean '--json'"),
                (["get", ""], "empty"), (["get", "c", ""], "empty"), (["set", "", "v", "x"], "empty"),
                (["get", "c", "--params", "{}"], "ID is missing"), (["stats", "--config"], "--config"),
                (["plugin", "inspect"], "NAME is missing"), (["replay", "--entries", "5"], "--trace is missing"),
                (["scan", "--limit", "many"], "--limit"), (["run", "--passes", "0"], "--passes"),
                (["run", "--min-hit-ratio", "2"], "--min-hit-ratio"), (["run", "--origin-cost", "0"], "--origin-cost")):
            with self.subTest(arguments=arguments):
                self.assertIn(hint, self.refused(*arguments))

    def test_a_value_above_the_limit_is_refused(self):
        config = self.config(more="cache: {max_value_bytes: 1KiB}\n")
        self.aurelis("set", "c", "v", "x" * 1024, "--config", config)
        self.refused("set", "c", "v", "x" * 1025, "--config", config)

    def test_every_help_has_an_example_and_the_overview_lists_every_command(self):
        overview = self.text("--help")
        self.assertEqual(overview, self.text("help"))
        listed = overview.split("commands\n")[1].split("\n\n")[0].splitlines()
        commands = [line.strip().split("  ")[0] for line in listed]
        self.assertEqual(set(commands), {"run", "get", "set", "remove", "invalidate", "clear", "scan", "stats",
                                         "explain", "replay", "dictionary train", "config check", "config show",
                                         "plugin list", "plugin inspect"})
        for command in commands:
            for arguments in ([*command.split(), "--help"], ["help", *command.split()]):
                shown = self.text(*arguments)
                self.assertIn(f"example:\n  aurelis {command}", shown)
                self.assertIn("--json", shown)
                self.assertIn("--config", shown)
        self.assertRegex(self.text("--version"), r"^aurelis \d+\.\d+\.\d+\n$")
        self.assertIn("config show", self.text("config", "--help"))

    def test_config_and_json_may_stand_before_the_command(self):
        config = self.config()
        self.aurelis("--config", config, "set", "c", "v", "1")
        self.assertEqual(json.loads(self.text("--json", "--config=" + config, "get", "c", "v"))["value"], 1)
        self.aurelis("get", "c", "v", status=MISS)


class Output(CommandLine):
    def test_a_reader_that_goes_away_is_no_failure(self):
        for number in range(3):
            self.aurelis("set", "c", f"v{number}", "x")
        process = self.start("scan")
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        process.stdin.close()
        self.assertEqual((process.wait(TIMEOUT_S), said), (DONE, b""))

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([BIN, "--help"], env=self.env, stdout=full, stderr=subprocess.PIPE,
                                     timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn(b"standard output", process.stderr)

    def test_a_file_size_limit_does_not_kill(self):
        self.aurelis("set", "c", "small", "x")
        process = self.start("set", "c", "big", "-",
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
        _, said = process.communicate(b"x" * 1_000_000, timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, FAILURE)
        self.assertIn(b"L3_disk", said)
        self.assertEqual(self.text("get", "c", "small"), "x")

    def on_a_terminal(self, *arguments):
        master, terminal = pty.openpty()
        process = subprocess.Popen([BIN, *arguments], env=self.env, cwd=self.home, stdout=terminal,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        os.close(terminal)
        shown = b""
        try:
            while piece := os.read(master, 65536):
                shown += piece
        except OSError:  # A terminal ends like this when its last writer is gone.
            pass
        os.close(master)
        self.said = process.communicate(timeout=TIMEOUT_S)[1].decode()
        return shown.decode()

    def test_colour_appears_on_a_terminal_only_and_not_with_no_color(self):
        self.env["TERM"] = "xterm"
        self.assertNotIn("\x1b[", self.text("stats"))
        self.assertIn("\x1b[1m", self.on_a_terminal("stats"))
        self.env["NO_COLOR"] = "1"
        self.assertNotIn("\x1b[", self.on_a_terminal("stats"))

    def test_binary_values_are_not_shown_on_a_terminal(self):
        self.aurelis("set", "c", "v", "-", given=b"\x1b[31m")
        self.assertEqual(self.on_a_terminal("get", "c", "v"), "")
        self.assertIn("binary", self.said)
        self.aurelis("set", "c", "v", "text")
        self.assertEqual(self.on_a_terminal("get", "c", "v"), "text\r\n")


class Configuration(CommandLine):
    def test_check_accepts_the_default(self):
        shown = self.json("config", "check")
        self.assertEqual((os.path.basename(shown["file"]), shown["problems"]), ("default.yaml", []))
        self.assertRegex(self.text("config", "check"), r": ok\n")

    def test_check_tells_all_mistakes_with_their_lines(self):
        config = self.file("bad.yaml", "layers:\n  - {name: L1, bakend: memory}\ncategories: {default: {ttl: 0}}\n")
        self.assertEqual(self.aurelis("config", "check", "--config", config, status=USAGE), b"")
        self.assertIn("bad.yaml:2: ", self.said)
        self.assertIn("backend", self.said)
        self.assertIn("bad.yaml:3: ", self.said)
        problems = self.json("config", "check", "--config", config, status=USAGE)["problems"]
        lines = {problem["line"] for problem in problems}
        self.assertTrue({2, 3} <= lines, lines)
        for command in (["get", "c", "v"], ["run"], ["stats"]):
            self.assertEqual(self.aurelis(*command, "--config", config, status=USAGE), b"")
            self.assertIn("bad.yaml:2: ", self.said)

    def test_the_distributed_example_is_in_order_and_names_every_option_of_redis(self):
        example = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../config/distributed.yaml")
        with open(example, encoding="utf-8") as stream:
            text = stream.read()
        self.env.update(REDIS_PASSWORD="hunter2", SENTINEL_PASSWORD="hunter2-of-the-sentinels")
        self.assertEqual(self.json("config", "check", "--config", example)["problems"], [])
        # With what is commented out as well, except for what excludes the rest. Names, types and bounds are right then;
        # the backend itself refuses only that TLS, sentinels and a cluster are wanted for one address.
        everything = re.sub(r"(?m)^( *)# ( *[a-z_]+:)", r"\1\2", text.replace("# frame: none", ""))
        problems = self.json("config", "check", "--config", self.file("all.yaml", everything), status=USAGE)["problems"]
        self.assertEqual(len(problems), 1, problems)
        self.assertRegex(problems[0]["message"],
                         r"^layer L2_redis \(redis\): '(url|tls\.[a-z]+|sentinels|cluster|nodes)' ")
        named, outer = set(), []  # What is under `options:`, by indentation, including what is commented out.
        under = text.split("    options:\n")[1].split("\n  - ")[0]
        for line in re.sub(r"(?m)^( *)# ( *[a-z_]+:)", r"\1\2", under).splitlines():
            if key := re.match(r"( +)([a-z_]+):", line):
                outer = [(depth, name) for depth, name in outer if depth < len(key[1])] + [(len(key[1]), key[2])]
                named.add(".".join(name for _, name in outer))
        component = self.json("plugin", "inspect", "redis")["components"][0]
        missing = {option["name"] for option in component["options"]} - named
        self.assertEqual(missing, set())

    def test_a_file_that_is_not_there_is_named(self):
        self.assertIn("nowhere.yaml", self.refused("get", "c", "v", "--config", "nowhere.yaml"))

    def test_the_places_are_asked_in_order(self):
        here = self.config()
        for place in (os.path.join(self.home, ".config/aurelis/aurelis.yaml"), os.path.join(self.home, "aurelis.yaml")):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(here, place)
            self.assertEqual(os.path.join(self.home, self.json("config", "check")["file"]), place)
        self.env["AURELIS_CONFIG"] = here
        self.assertEqual(self.json("config", "check")["file"], here)
        other = self.file("other.yaml", "layers: [{name: only, backend: memory}]\n")
        self.assertEqual(self.json("config", "check", "--config", other)["file"], other)

    def test_relative_paths_count_from_the_configurations_folder(self):
        self.aurelis("set", "c", "v", "x", "--config", self.config())
        self.assertTrue(os.path.isfile(os.path.join(self.home, "conf/data/aurelis.db")))

    def test_show_masks_secrets(self):
        config = self.config(more='cache: {version: "${STORE_PASSWORD}"}\n')
        self.env["STORE_PASSWORD"] = "hunter2hunter2"
        for arguments in (["config", "show"], ["config", "show", "--json"], ["config", "check"]):
            shown = self.text(*arguments, "--config", config)
            self.assertNotIn("hunter2", shown + self.said)
        self.assertEqual(self.json("config", "show", "--config", config)["layers"][0]["name"], "L1")

    def test_a_password_of_redis_is_in_nothing_that_is_printed(self):
        self.env.update(REDIS_PASSWORD="hunter2-of-redis", SENTINEL_PASSWORD="hunter2-of-the-sentinels")
        options = '{url: "redis://127.0.0.1:1", password: "${REDIS_PASSWORD}"}'
        by_sentinels = ('{sentinels: ["127.0.0.1:1"], sentinel_master: m, password: "${REDIS_PASSWORD}", '
                        'sentinel_password: "${SENTINEL_PASSWORD}"}')
        in_url = '{url: "redis://u:hunter2-in-the-url@127.0.0.1:1"}'
        for number, given in enumerate((options, by_sentinels, in_url)):
            config = self.file(f"redis{number}.yaml", "layers:\n  - {name: L1, backend: memory, priority: 2}\n"
                               f"  - {{name: L2, backend: redis, priority: 1, options: {given}}}\n")
            printed = ""
            for command in (["set", "c", "k", "v"], ["get", "c", "k"], ["remove", "c", "k"], ["explain", "c", "k"],
                            ["stats"], ["scan"], ["clear", "--yes"], ["config", "show"], ["config", "check"]):
                for more in ([], ["--json"]):
                    process = self.start(*command, *more, "--config", config)
                    out, err = process.communicate(timeout=TIMEOUT_S)
                    printed += (out + err).decode()
            self.assertIn("Connection refused", printed)
            self.assertNotIn("hunter2", printed)

    def test_a_missing_plugin_is_named_with_its_line_and_where_it_was_looked_for(self):
        tree = os.path.join(self.home, "tree")
        for part in ("bin", "lib", "share"):
            shutil.copytree(os.path.join(TREE, part), os.path.join(tree, part), symlinks=True,
                            ignore=shutil.ignore_patterns("*.a"))
        program = os.path.join(tree, "bin", os.path.basename(BIN))
        folder = os.path.join(tree, "lib/aurelis/plugins")
        self.aurelis("config", "check", program=program)
        os.remove(os.path.join(folder, "memory.so"))
        config = os.path.join(tree, "share/aurelis/config/default.yaml")
        with open(config, encoding="utf-8") as source:
            line = next(n for n, text in enumerate(source, 1) if "backend: memory" in text)
        said = self.refused("config", "check", program=program)
        self.assertTrue(said.startswith(f"{config}:{line}: "), said)
        self.assertIn(folder, said)

    def test_a_layer_that_cannot_be_written_is_named_and_the_others_serve(self):
        self.file("conf/data", "a file where a folder should be")
        config = self.config()
        self.assertEqual(self.text("set", "c", "v", "x", "--config", config, status=FAILURE), "aurelis:v1:c:v\n")
        self.assertIn("L2", self.said)
        self.assertIn("conf/data", self.said)
        # The reason is given with the failure: a new process would not know it.
        self.assertRegex(self.said, r"layer L2: set failed there \(\w+\): .*conf/data")
        stored = self.json("set", "c", "v", "x", "--config", config, status=FAILURE)
        self.assertEqual([layer["status"] == "OK" for layer in stored["layers"]], [True, False])
        self.assertEqual([layer["outdated"] for layer in stored["layers"]], [False, True])
        self.assertIn("may hold an older value", self.said)

    def test_a_value_that_must_last_is_an_error_where_it_cannot(self):
        self.file("conf/data", "a file where a folder should be")
        config = self.config()
        self.text("set", "c", "v", "x", "--require", "persistent", "--config", config, status=FAILURE)
        self.assertIn("conf/data", self.said)
        self.text("set", "c", "v", "x", "--require", "much", "--config", config, status=USAGE)
        self.assertIn("--require", self.said)


class Plugins(CommandLine):
    def test_list_shows_what_can_be_used_and_why_the_rest_cannot(self):
        shown = self.json("plugin", "list")
        usable = {os.path.basename(plugin["file"]) for plugin in shown["plugins"] if plugin["usable"]}
        self.assertTrue({"memory.so", "sqlite-disk.so"} <= usable, usable)
        os.makedirs(os.path.join(self.home, "conf/plugins"), mode=0o755)
        os.chmod(self.file("conf/plugins/broken.so", b"\x7fELF and no more"), 0o644)
        config = self.config(more="plugins: {search: [plugins]}\n")
        shown = self.json("plugin", "list", "--config", config)
        reasons = {os.path.basename(plugin["file"]): plugin.get("reason") for plugin in shown["plugins"]}
        self.assertIn("broken.so", reasons["broken.so"])
        self.assertIn("broken.so", self.text("plugin", "list", "--config", config))

    def test_inspect_describes_options(self):
        for name in ("memory", "memory.so"):
            options = self.json("plugin", "inspect", name)["components"][0]["options"]
            self.assertIn("max_entries", [option["name"] for option in options])
        self.assertIn("max_entries", self.text("plugin", "inspect", "memory"))
        self.assertIn("nonsuch", self.refused("plugin", "inspect", "nonsuch"))

    def test_inspect_survives_what_a_plugin_does_to_its_process(self):
        for name, body, limit, what in (
                ("exits", "_exit(0);", "60s", "ended with status 0"),
                ("dies", "raise(SIGBUS);", "60s", f"died by signal {int(signal.SIGBUS)}"),
                ("hangs", "for (;;) pause();", "200ms", "did not end within")):
            source = self.file(f"{name}.c", "#include <signal.h>\n#include <unistd.h>\n"
                                            "__attribute__((constructor)) static void start(void) "
                                            "{ signal(SIGBUS, SIG_DFL); " + body + " }\n"
                                            "const void *aurelis_plugin_v1(void) { return 0; }\n")
            library = os.path.join(self.home, f"{name}.so")
            subprocess.run([CC, "-shared", "-fPIC", "-o", library, source], check=True)
            os.chmod(library, 0o755)
            out = self.aurelis("plugin", "inspect", library, "--limit", limit, status=FAILURE)
            self.assertEqual(out, b"")
            self.assertIn(what, self.said)
            self.assertIn(library, self.said)


class WhichPlugin(CommandLine):
    """Which plugin serves what, and the message if none does."""

    def setUp(self):
        super().setUp()
        self.plugins = os.path.join(TREE, "lib/aurelis/plugins")

    def copy(self, plugin, to):
        os.makedirs(os.path.dirname(os.path.join(self.home, to)), mode=0o755, exist_ok=True)
        path = shutil.copy(os.path.join(self.plugins, plugin + ".so"), os.path.join(self.home, to))
        os.chmod(path, 0o755)
        return path

    def check(self, text, status=DONE):
        """Standard output and the lines of standard error, of config check."""
        self.file("c.yaml", text)
        out = self.text("config", "check", "--config", "c.yaml", status=status)
        return out, self.said.splitlines()

    LAYER = "layers:\n  - {name: L1, backend: %s, priority: 1}\n"

    def test_the_file_that_serves_is_told(self):
        out, said = self.check(self.LAYER % "memory" +
                               "  - {name: L2, backend: sqlite-disk, priority: 0, serializers: [gzip],"
                               " options: {path: x.db}}\n"
                               "origins: {truth: {backend: sqlite-disk, options: {path: y.db}}}\n")
        self.assertEqual(said, [])
        for name, file in (("L1", "memory"), ("L2", "sqlite-disk"), ("gzip", "gzip"), ("origin truth", "sqlite-disk")):
            self.assertRegex(out, rf"(?m){name} .*{self.plugins}/{file}.so$")
        told = self.json("config", "check", "--config", "c.yaml")
        self.assertEqual(told["layers"][1]["serializers"], [{"name": "gzip", "plugin": f"{self.plugins}/gzip.so"}])
        self.assertEqual([origin["plugin"] for origin in told["origins"]], [f"{self.plugins}/sqlite-disk.so"])
        self.assertIn(f"{self.plugins}/memory.so", self.text("stats", "--config", "c.yaml"))
        self.assertEqual(self.json("stats", "--config", "c.yaml")["layers"][0]["plugin"], f"{self.plugins}/memory.so")

    def test_the_check_names_the_file_of_each_strategy_and_embedder(self):
        folder = os.path.join(TREE, "tests/strategy_plugins")
        plugins = f"plugins: {{search: ['{folder}'], files: ['{folder}/pass-through.so', '{folder}/loading.so']}}\n"
        strategies = "embedders: {words: {use: letters}}\n" \
                     "categories:\n  users: {strategies: [counting, {use: loading, embedder: %s}]}\n"
        out, said = self.check(plugins + self.LAYER % "memory" + strategies % "words")
        self.assertEqual(said, [])
        for line in ("category users counting .*/counting.so", " loading .*/loading.so", "embedder words letters .*"):
            self.assertRegex(out, "(?m)" + line.replace(" ", " +") + "$")
        self.aurelis("set", "users", "1", "v", "--config", "c.yaml")
        self.assertIn("through counting, loading\n",
                      self.aurelis("explain", "users", "1", "--config", "c.yaml", status=1).decode())
        self.assertRegex(self.text("stats", "--config", "c.yaml"), "users/loading: .*embedded 294")
        _, said = self.check(plugins + self.LAYER % "memory" + strategies % "word", status=USAGE)
        self.assertEqual(said, ["c.yaml:6: category users: strategy loading: 'embedder' names 'word', which is not in "
                                "'embedders'; did you mean 'words'?"])

    def test_two_plugins_of_one_name_are_told_with_the_winner_and_a_way_out(self):
        mine = self.copy("memory", "mine/memory.so")
        for plugins in ("search: [mine]", "files: [mine/memory.so]"):
            text = f"plugins: {{{plugins}}}\n" + self.LAYER % "memory"
            out, said = self.check(text)
            self.assertIn(mine, out)
            self.assertEqual(len(said), 1, said)
            self.assertRegex(said[0], rf"^c.yaml:3: warning: layer L1 .*taken from {mine}, "
                                      rf"not from {self.plugins}/memory.so ")
            self.assertEqual(self.check(text.replace("backend: memory", "backend: 'org.aurelis.memory:memory'"))[1], [])
        # The same file by two ways is one plugin.
        os.symlink(self.plugins, os.path.join(self.home, "link"))
        self.assertEqual(self.check("plugins: {search: [link]}\n" + self.LAYER % "memory")[1], [])
        shown = self.text("plugin", "list", "--config", self.file("c.yaml", text))
        self.assertIn(f"passed over  {self.plugins}/memory.so: backend memory is taken from {mine}", shown)

    def test_a_name_that_nobody_has_is_answered_by_what_is_there(self):
        layer2 = "  - {name: L2, backend: sqlite-disk, priority: 0, serializers: [gzp], options: {path: x.db}}\n"
        out, said = self.check(self.LAYER % "memry" + layer2 +
                               "origins: {truth: {backend: sqlite_disk, options: {path: y.db}}}\n", status=USAGE)
        self.assertEqual(out, "")
        for line, start, meant in zip(said, ("c.yaml:2: layer L1 (memry): no backend",
                                             "c.yaml:3: layer L2 (gzp): no serializer",
                                             "c.yaml:4: origin truth (sqlite_disk): no backend"),
                                      ("memory", "gzip", "sqlite-disk")):
            self.assertTrue(line.startswith(start), line)
            self.assertIn(self.plugins, line)
            self.assertTrue(line.endswith(f"did you mean '{meant}'?"), line)
        _, said = self.check(self.LAYER % "nothing-like-it", status=USAGE)
        self.assertRegex(said[0], "found: .*memory, .*sqlite-disk")
        self.assertNotIn("gzip", said[0])
        self.assertIn("did you mean 'memory'?", self.refused("plugin", "inspect", "memry"))

    def test_a_renamed_file_says_what_it_offers(self):
        renamed = self.copy("memory", "mine/quick.so")
        _, said = self.check("plugins: {search: [mine]}\n" + self.LAYER % "quick", status=USAGE)
        self.assertIn(f"plugin {renamed} has no backend 'quick', it offers backend 'memory'; rename the file", said[0])
        _, said = self.check("plugins: {files: [mine/quick.so]}\n" + self.LAYER % "quick", status=USAGE)
        self.assertIn(f"{renamed} offers backend 'memory'", said[0])
        self.assertIn(renamed, self.check("plugins: {files: [mine/quick.so]}\n" + self.LAYER % "memory")[0])

    def test_list_and_inspect_know_the_files_that_the_configuration_names(self):
        mine = self.copy("memory", "mine/quick.so")
        config = self.file("c.yaml", "plugins: {files: [mine/quick.so]}\n" + self.LAYER % "memory")
        listed = self.json("plugin", "list", "--config", config)["plugins"]
        self.assertEqual([(one["file"], one["named"]) for one in listed][0], (mine, True))
        self.assertEqual(self.json("plugin", "inspect", "quick", "--config", config)["file"], mine)
        # A plugin that ends the process which loads it does not end the list.
        source = self.file("dies.c", "#include <stdlib.h>\n"
                                     "__attribute__((constructor)) static void start(void) { abort(); }\n")
        subprocess.run([CC, "-shared", "-fPIC", "-o", os.path.join(self.home, "mine/dies.so"), source], check=True)
        os.chmod(os.path.join(self.home, "mine/dies.so"), 0o755)
        config = self.file("c.yaml", "plugins: {files: [mine/dies.so]}\n" + self.LAYER % "dies")
        listed = self.json("plugin", "list", "--config", config)["plugins"]
        self.assertEqual((listed[0]["file"].endswith("dies.so"), listed[0]["usable"]), (True, False))
        self.assertIn("memory", self.text("plugin", "inspect", "memory", "--config", config))

    def test_a_folder_that_is_not_there_is_told(self):
        self.file("a-file", "")
        _, said = self.check("plugins:\n  search:\n    - nowhere\n    - a-file\n" + self.LAYER % "memory")
        self.assertEqual(len(said), 2, said)
        self.assertRegex(said[0], "^c.yaml:3: warning: plugins: 'search': .*/nowhere does not exist")
        self.assertRegex(said[1], "^c.yaml:4: warning: plugins: 'search': .*/a-file is not a folder")
        self.env["AURELIS_PLUGIN_PATH"] = "here:/nowhere/at/all"
        _, said = self.check(self.LAYER % "memory")
        self.assertRegex("\n".join(said), "'here' is passed over(.|\n)*/nowhere/at/all is not a folder")

    def test_a_plugin_for_another_processor_says_so(self):
        path = self.copy("memory", "mine/foreign.so")
        with open(path, "r+b") as library:
            library.seek(18)  # e_machine
            ours = int.from_bytes(library.read(2), "little")
            library.seek(18)
            library.write((0xb7 if ours != 0xb7 else 0x3e).to_bytes(2, "little"))
        line = self.refused("plugin", "inspect", path)
        self.assertIn("is built for another processor (" + ("aarch64" if ours != 0xb7 else "x86-64") + ")", line)
        self.assertIn("; build it", line)

    def test_a_shared_layer_that_does_not_tell_of_changes_is_told(self):
        disk = "  - {name: L2, backend: sqlite-disk, priority: 2, %%soptions: {path: x.db, watch: %s}}\n"
        memory = self.LAYER % "memory"
        self.assertEqual(self.check(memory + disk % "true" % "")[1], [])
        _, said = self.check(memory + disk % "false" % "")
        self.assertRegex(said[0],
                         r"^c.yaml:3: warning: layer L2: .* live at most 1000 ms \('trust'\); .*'shared: false'")
        self.assertIn("forever", self.check(memory + disk % "false" % "trust: never, ")[1][0])
        self.assertEqual(self.check(memory + disk % "false" % "shared: false, ")[1], [])
        self.assertEqual(self.check("layers:\n" + disk % "false" % "")[1], [])  # Nothing is copied.

    def test_two_users_of_one_store_are_told(self):
        two = (self.LAYER % "memory" + "  - {name: L2, backend: sqlite-disk, priority: 3, options: {path: x.db}}\n"
               "  - {name: L3, backend: sqlite-disk, priority: 2, options: {path: %s}}\n")
        for path in ("x.db", "./x.db", "../" + os.path.basename(self.home) + "/x.db"):
            _, said = self.check(two % path)
            self.assertEqual(len(said), 1, said)
            self.assertRegex(said[0],
                             r"^c.yaml:4: warning: layer L3: .*same place as layer L2 \(line 3\).*; give one of them")
        self.assertEqual(self.check(two % "y.db")[1], [])
        _, said = self.check(two % "y.db" + "origins: {truth: {backend: sqlite-disk, options: {path: y.db}}}\n")
        self.assertIn("origin truth: it is kept in the same place as layer L3", said[0])
        redis = "layers:\n  - {name: A, backend: redis, priority: 2, options: {url: 'redis://h:6379/1'}}\n" \
                "  - {name: B, backend: redis, priority: 1, options: {url: '%s', database: %s}}\n"
        if os.path.exists(os.path.join(self.plugins, "redis.so")):
            self.assertIn("same place", self.check(redis.replace(", database: %s", "") % "redis://u:p@h:6379/1")[1][0])
            self.assertEqual(self.check(redis % ("redis://h:6379", 2))[1], [])


class Logging(CommandLine):
    def plugin_that_talks(self):
        """A backend that logs at every level when it is made."""
        source = self.file("talks.c", """
#include <aurelis/abi.h>
static void destroy(aurelis_store *s) { (void)s; }
static aurelis_status get(aurelis_store *s, aurelis_call *c, const aurelis_key *k, aurelis_entry *o) {
  (void)s, (void)c, (void)k, (void)o; return AURELIS_NOT_FOUND; }
static aurelis_status set(aurelis_store *s, aurelis_call *c, const aurelis_key *k, const aurelis_write *w,
                          uint64_t *v) {
  (void)s, (void)c, (void)k, (void)w, (void)v; return AURELIS_NOT_STORED; }
static aurelis_status gone(aurelis_store *s, aurelis_call *c, const aurelis_key *k) {
  (void)s, (void)c, (void)k; return AURELIS_NOT_FOUND; }
static const aurelis_store_ops ops = {.struct_size = sizeof ops, .destroy = destroy, .get = get, .set = set,
                                       .remove = gone};
static aurelis_status create(const aurelis_component *p, const aurelis_host *h, const aurelis_node *n,
                             const aurelis_env *e, aurelis_call *c, aurelis_store *out) {
  static const char *const said[] = {"said at trace", "said at debug", "said at info", "said at warn", "said at error"};
  (void)p, (void)n, (void)e, (void)c;
  for (uint32_t level = 0; level < 5; ++level)
    if (h->log_enabled(h, level)) h->log(h, level, said[level], strlen(said[level]));
  h->log(h, AURELIS_LOG_ERROR, "one\\nline", 8);
  out->ops = &ops;
  return AURELIS_OK;
}
static const aurelis_store_factory factory = {.struct_size = sizeof factory, .create = create};
static const aurelis_component component = {.struct_size = sizeof component, .kind = AURELIS_KIND_BACKEND,
    .type_name = "talks", .description = "Talks.", .factory = &factory};
static const aurelis_component *const components[] = {&component};
static const aurelis_plugin plugin = {.struct_size = sizeof plugin, .abi_major = AURELIS_ABI_MAJOR, .id = "test.talks",
    .version = "1.0.0", .name = "talks", .components = components, .component_count = 1};
AURELIS_EXPORT const aurelis_plugin *aurelis_plugin_v1(uint32_t host_minor) { return (void)host_minor, &plugin; }
""")
        include = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../sdk/include")
        library = os.path.join(self.home, "talks.so")
        subprocess.run([CC, "-std=c11", "-I", include, "-shared", "-fPIC", "-o", library, source], check=True)
        os.chmod(library, 0o755)
        return self.file("talks.yaml", "plugins: {files: [talks.so]}\n"
                                       "layers:\n  - {name: L1, backend: talks, priority: 1}\n")

    def levels(self, *arguments):
        self.aurelis("stats", *arguments)
        return re.findall(r"said at (\w+)", self.said)

    def test_a_plugins_log_is_shown_from_the_wanted_level_on(self):
        config = self.plugin_that_talks()
        every = ["trace", "debug", "info", "warn", "error"]
        self.assertEqual(self.levels("--config", config), every[3:])
        self.assertIn("one line", self.said)
        self.assertEqual(self.levels("--config", config, "--verbose"), every[1:])
        self.assertRegex(self.said, r"aurelis: info: .*talks.yaml:3: layer L1: backend talks from .*/talks.so")
        for n, level in enumerate(every):
            self.assertEqual(self.levels("--config", config, "--log-level", level), every[n:])
        self.assertEqual(self.levels("--config", config, "--log-level=off"), [])
        self.env["AURELIS_LOG"] = "info"
        self.assertEqual(self.levels("--config", config), every[2:])
        self.assertEqual(self.levels("--config", config, "--log-level", "error"), every[4:])
        self.env["AURELIS_LOG"] = "loud"
        self.assertEqual(self.levels("--config", config), every[3:])
        self.assertIn("AURELIS_LOG: 'loud' is not a log level", self.said)
        self.aurelis("--verbose", "stats", "--config", config)
        self.assertIn("said at debug", self.said)
        self.assertIn("did you mean 'debug'", self.refused("stats", "--log-level", "debgu"))


def xxh64(data):
    """XXH64 with the seed 0, by its specification."""
    mask, p1, p2, p3, p4, p5 = (2**64 - 1, 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                                0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

    def rotl(x, n):
        return (x << n | x >> (64 - n)) & mask

    def mixed(accumulator, lane):
        return rotl((accumulator + lane * p2) & mask, 31) * p1 & mask

    at = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & mask, p2, 0, -p1 & mask]
        while at + 32 <= len(data):
            lanes = [mixed(lanes[i], int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little")) for i in range(4)]
            at += 32
        digest = sum(rotl(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & mask
        for lane in lanes:
            digest = ((digest ^ mixed(0, lane)) * p1 + p4) & mask
    else:
        digest = p5
    digest = (digest + len(data)) & mask
    for width, before in ((8, lambda lane: mixed(0, lane)), (4, lambda lane: lane * p1), (1, lambda lane: lane * p5)):
        turn, factor, plus = {8: (27, p1, p4), 4: (23, p2, p3), 1: (11, p1, 0)}[width]
        while at + width <= len(data):
            lane = int.from_bytes(data[at:at + width], "little")
            digest = (rotl(digest ^ (before(lane) & mask), turn) * factor + plus) & mask
            at += width
    for shift, factor in ((33, p2), (29, p3), (32, 1)):
        digest = (digest ^ digest >> shift) * factor & mask
    return digest


class Surroundings(CommandLine):
    """Files that are not ours, folders that others can change, missing descriptors."""

    def everything(self, folder):
        """Names, inodes and contents; those who look at a database take notes in its index."""
        found = {}
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    found[path] = os.stat(path).st_ino, b"" if name.endswith("-shm") else file.read()
        return found

    def test_another_programs_live_database_is_left_alone_and_the_others_serve(self):
        users = self.file("data/users.db", "")
        other = sqlite3.connect(users, isolation_level=None)
        self.addCleanup(other.close)
        other.executescript("CREATE TABLE users(name); INSERT INTO users VALUES('ada')")
        config = self.config(disk=users)
        before = self.everything(os.path.dirname(users))
        self.aurelis("get", "c", "v", "--config", config, status=MISS)
        self.assertEqual(self.said.splitlines()[:1], [
            f"aurelis: warning: {config}:3: layer L2 (sqlite-disk): 'path': {users} is not touched: "
            "it is another program's database (application_id 0); change 'path' or move that file away; "
            "the other layers keep serving"])
        self.aurelis("set", "c", "v", "x", "--config", config, status=FAILURE)
        self.aurelis("clear", "--yes", "--config", config, status=None)
        self.assertEqual(self.everything(os.path.dirname(users)), before)
        other.execute("INSERT INTO users VALUES('bob')")

    def test_a_configuration_that_others_can_change_is_refused_with_the_command_that_mends_it(self):
        config = self.config()
        folder = os.path.dirname(config)
        os.chmod(folder, 0o777)
        os.chmod(config, 0o666)
        self.assertEqual(self.refused("get", "c", "v", "--config", config),
                         f"{config}: the configuration cannot be read: '{config}': the folder {folder} and the file "
                         f"{config} can be written by others; run: chmod go-w {folder} {config}")
        subprocess.run(["chmod", "go-w", folder, config], check=True)
        self.aurelis("get", "c", "v", "--config", config, status=MISS)

    def test_run_empties_no_folder_to_which_a_link_of_others_leads(self):
        if os.geteuid() != 0:
            self.skipTest("links are given away")
        kept = self.file("ours/.aurelis-run", "") and self.file("ours/kept", "x")
        os.mkdir(os.path.join(self.home, "tmp"))
        os.chmod(os.path.join(self.home, "tmp"), 0o1777)
        link = os.path.join(self.home, "tmp/data")
        os.symlink(os.path.join(self.home, "ours"), link)
        os.lchown(link, 65533, 65533)
        said = self.refused("run", "--data", link)
        self.assertIn(f"the symbolic link {link} belongs to another user (uid 65533); run: rm {link}", said)
        self.assertTrue(os.path.exists(kept))

    def without(self, descriptors, *arguments):
        """Runs the program with these of 0, 1 and 2 closed; what the others got goes nowhere."""
        def close():
            for descriptor in descriptors:
                os.close(descriptor)
        null = subprocess.DEVNULL
        return subprocess.run([BIN, *arguments], env=self.env, cwd=self.home, stdin=null, stdout=null, stderr=null,
                              preexec_fn=close, timeout=TIMEOUT_S, check=False).returncode

    COMBINATIONS = [[n for n in range(3) if bits >> n & 1] for bits in range(8)]

    def test_closed_standard_descriptors_are_not_taken_for_the_database(self):
        config = self.config()
        self.aurelis("set", "c", "v", "SQLite format 3", "--config", config)
        for closed in self.COMBINATIONS:
            with self.subTest(closed=closed):
                self.assertEqual(self.without(closed, "get", "c", "v", "--config", config), DONE)
                self.assertEqual(self.without(closed, "get", "c", "nothing", "--config", config), MISS)
                self.assertEqual(self.without(closed, "set", "c", f"w{len(closed)}", "x", "--config", config), DONE)
        self.assertEqual(self.text("get", "c", "v", "--config", config), "SQLite format 3")
        self.assertEqual([name for name in os.listdir(os.path.join(self.home, "conf/data")) if "corrupt" in name], [])

    @unittest.skipUnless(shutil.which("redis-server"), "redis-server is not installed")
    def test_closed_standard_descriptors_are_not_taken_for_redis(self):
        folder = tempfile.mkdtemp(prefix="aurelis-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        socket_path = os.path.join(folder, "s")
        server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket_path, "--save", "",
                                   "--dir", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)

        def redis(command):
            deadline = time.monotonic() + TIMEOUT_S
            while True:
                try:
                    with socket.socket(socket.AF_UNIX) as connection:
                        connection.connect(socket_path)
                        connection.sendall(command.encode() + b"\r\n")
                        return connection.recv(100)
                except OSError:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)

        self.assertEqual(redis("PING"), b"+PONG\r\n")
        config = self.file("conf/cache.yaml", "layers:\n  - {name: L1, backend: redis, priority: 1, "
                                              f"options: {{url: 'unix://{socket_path}'}}}}\n")
        self.aurelis("set", "c", "v", "\r\nSET pwned 1\r\n", "--config", config)
        for closed in self.COMBINATIONS:
            with self.subTest(closed=closed):
                self.assertEqual(self.without(closed, "get", "c", "v", "--config", config), DONE)
                self.assertEqual(redis("EXISTS pwned"), b":0\r\n")


class Dictionaries(CommandLine):
    VALUES = 100

    @classmethod
    def setUpClass(cls):
        cls.filled = tempfile.mkdtemp(prefix="aurelis-cli-")
        cls.addClassCleanup(shutil.rmtree, cls.filled, ignore_errors=True)
        maker = cls("fill")
        maker.setUp()
        config, dice = maker.config(), random.Random(1)
        for i in range(cls.VALUES):
            maker.aurelis("set", "user_data", f"user{i}", cls.user(dice), "--config", config)
        for i in range(3):
            maker.aurelis("set", "user_data2", f"user{i}", "another category", "--config", config)
        shutil.copytree(maker.home, cls.filled, dirs_exist_ok=True)
        maker.doCleanups()

    def fill(self):
        """What setUpClass calls itself."""

    @staticmethod
    def user(dice):
        return json.dumps({"id": dice.randrange(10**6), "name": f"user {dice.randrange(10**4)}", "role": "developer",
                           "email": f"u{dice.randrange(10**4)}@example.com", "session": f"{dice.getrandbits(64):016x}",
                           "preferences": {"language": "en", "timezone": "Europe/Berlin", "newsletter": False}})

    def setUp(self):
        super().setUp()
        if os.path.isdir(self.filled + "/conf"):
            shutil.copytree(self.filled, self.home, dirs_exist_ok=True)
            self.conf = ["--config", os.path.join(self.home, "conf/cache.yaml")]

    def train(self, *arguments, category="user_data", **more):
        return self.text("dictionary", "train", category, *arguments, *self.conf, **more)

    def test_train_makes_a_dictionary_and_says_what_it_gains(self):
        os.umask(0o022)
        shown = self.train("--out", "users.dict", "--size", "1KiB")
        path = os.path.join(self.home, "users.dict")
        self.assertIn("100 of 100 keys", shown)
        self.assertIn("trained on  90, measured on the other 10", shown)
        self.assertEqual(shown.splitlines()[-1].strip(), f"dictionaries: {{user_data: [{path}]}}")
        self.assertIn("threshold: 64", shown)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o644)
        self.assertEqual([name for name in os.listdir(self.home) if name.startswith("users.dict")], ["users.dict"])
        with open(path, "rb") as file:
            dictionary = file.read()
        self.assertEqual(dictionary[:4], bytes.fromhex("37a430ec"))
        self.assertLessEqual(len(dictionary), 1024)
        identifier = int.from_bytes(dictionary[4:8], "little")
        self.assertIn(f"ID {identifier},", shown)
        self.assertEqual(xxh64(dictionary[8:]) % (2**31 - 32768) + 32768, identifier)
        value = self.user(random.Random(2)).encode()
        packed = subprocess.run(["zstd", "-cD", path], input=value, stdout=subprocess.PIPE, check=True).stdout
        plain = subprocess.run(["zstd", "-c"], input=value, stdout=subprocess.PIPE, check=True).stdout
        self.assertLess(len(packed), len(plain))
        again = subprocess.run(["zstd", "-dcD", path], input=packed, stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(again, value)

    def test_train_as_json_is_the_same_every_time_and_changes_nothing(self):
        before = self.json("stats", *self.conf)["layers"][1]["entries"]
        reports = [json.loads(self.train("--out", f"{i}.dict", "--size", "1KiB", "--json")) for i in range(2)]
        self.assertEqual(list(reports[0]), ["category", "file", "keys", "samples", "trained", "kept_back", "bytes",
                                            "dictionary_bytes", "dictionary_id", "level", "ratio", "ratio_without",
                                            "yaml"])
        self.assertEqual((reports[0]["keys"], reports[0]["samples"]), (100, 100))
        self.assertGreater(reports[0]["ratio"], 1.5 * reports[0]["ratio_without"])
        self.assertEqual(reports[0]["dictionary_id"], reports[1]["dictionary_id"])
        self.assertEqual(self.json("stats", *self.conf)["layers"][1]["entries"], before)
        fewer = json.loads(self.train("--out", "fewer.dict", "--size", "512", "--samples", "50", "--json"))
        self.assertEqual((fewer["keys"], fewer["samples"], fewer["trained"], fewer["kept_back"]), (100, 50, 45, 5))

    def test_train_replaces_a_file_by_force_only(self):
        path = self.file("users.dict", "mine")
        said = self.refused("dictionary", "train", "user_data", "--out", "users.dict", "--size", "1KiB", *self.conf)
        self.assertIn("--force", said)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"mine")
        os.umask(0o077)
        self.addCleanup(os.umask, 0o022)
        self.train("--out", "users.dict", "--size", "1KiB", "--force")
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), bytes.fromhex("37a430ec"))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_train_says_what_is_missing(self):
        for arguments, category, hint in (
                (["--size", "1KiB"], "user_data2", "only 3 values are stored"),
                (["--size", "1KiB"], "nothing", "only 0 values"),
                ([], "user_data", "give --size 2KiB or less"),
                (["--size", "1KiB", "--samples", "20"], "user_data", "or less")):
            with self.subTest(arguments=arguments, category=category):
                said = self.refused("dictionary", "train", category, "--out", "x.dict", *arguments, *self.conf,
                                    status=MISS)
                self.assertIn(hint, said)
                self.assertFalse(os.path.exists(os.path.join(self.home, "x.dict")))

    def test_train_writes_no_dictionary_that_gains_nothing(self):
        dice = random.Random(3)
        for i in range(30):
            self.aurelis("set", "noise", str(i), "-", *self.conf, given=dice.getrandbits(8 * 300).to_bytes(300, "big"))
        said = self.refused("dictionary", "train", "noise", "--out", "x.dict", "--size", "512", *self.conf, status=MISS)
        self.assertRegex(said, "gains nothing|nothing to learn")
        self.assertFalse(os.path.exists(os.path.join(self.home, "x.dict")))

    def test_train_refuses_wrong_use(self):
        for arguments, hint in (
                ([], "CATEGORY is missing"), (["c"], "--out is missing"), (["c", "--out", "no/x"], "does not exist"),
                (["c", "--out", "."], "not a regular file"), (["c", "--out", "x", "--size", "255"], "256 to 16MiB"),
                (["c", "--out", "x", "--size", "17MiB"], "256 to 16MiB"),
                (["c", "--out", "x", "--size", "big"], "--size"),
                (["c", "--out", "x", "--samples", "19"], "20 to 1000000")):
            with self.subTest(arguments=arguments):
                self.assertIn(hint, self.refused("dictionary", "train", *arguments, *self.conf))


class MainJob(CommandLine):
    REQUESTS = [f"page{number % 7}" for number in range(40)] + ["only-once", "with\u00e4"]
    KEYS = 9

    def trace(self, name="trace", packed=lambda text: text, requests=None):
        return self.file(name, packed(("\n".join(requests or self.REQUESTS) + "\n").encode()))

    def test_run_reports_two_passes_the_second_from_the_disk(self):
        report = self.json("run", "--trace", self.trace(), "--origin-cost", "2s")
        self.assertFalse(report["interrupted"])
        first, second = report["passes"]
        requests = len(self.REQUESTS)
        self.assertEqual((first["requests"], first["hits"], first["origin_calls"], first["origin_calls_avoided"]),
                         (requests, requests - self.KEYS, self.KEYS, requests - self.KEYS))
        self.assertAlmostEqual(first["hit_ratio"], (requests - self.KEYS) / requests)
        self.assertAlmostEqual(first["seconds_saved"], 2 * (requests - self.KEYS))
        self.assertEqual((second["hits"], second["hit_ratio"], second["origin_calls"]), (requests, 1.0, 0))
        memory, disk = second["layers"]
        self.assertEqual(set(memory) & {"name", "hits", "misses", "hit_ratio", "bytes", "p50_ns", "p99_ns"},
                         {"name", "hits", "misses", "hit_ratio", "bytes", "p50_ns", "p99_ns"})
        self.assertEqual((memory["name"], memory["hits"], memory["misses"]),
                         ("L1_memory", requests - self.KEYS, self.KEYS))
        self.assertEqual((disk["name"], disk["hits"], disk["misses"], disk["found_keys"]),
                         ("L3_disk", self.KEYS, 0, self.KEYS))
        self.assertGreater(disk["bytes"], 0)
        self.assertGreater(disk["p99_ns"], 0)
        self.assertEqual([each["mismatches"] for each in report["passes"]], [0, 0])

    def test_run_ends_with_a_table(self):
        table = self.text("run", "--trace", self.trace())
        for word in ("L1_memory", "L3_disk", "hit ratio", "p99", "avoided", "time saved",
                     f"found {self.KEYS} of its {self.KEYS} keys already stored: L3_disk {self.KEYS} ("):
            self.assertIn(word, table)
        self.assertEqual(self.said, "")

    def test_run_empties_its_own_folder_unless_told_to_keep_it(self):
        trace, data = self.trace(), os.path.join(self.home, "data")
        options = ("run", "--trace", trace, "--data", data, "--passes", "1")
        self.assertEqual(self.json(*options)["passes"][0]["origin_calls"], self.KEYS)
        self.assertEqual(self.json(*options, "--keep")["passes"][0]["origin_calls"], 0)
        self.assertEqual(self.json(*options)["passes"][0]["origin_calls"], self.KEYS)

    def test_run_never_touches_a_folder_with_foreign_files(self):
        thesis = self.file("thesis/chapter1.txt", "years of work")
        for more in ([], ["--keep"]):
            said = self.refused("run", "--trace", self.trace(), "--data", os.path.dirname(thesis), *more)
            self.assertIn("thesis", said)
        self.assertEqual(os.listdir(os.path.dirname(thesis)), ["chapter1.txt"])

    def test_run_keeps_out_of_the_entries_of_the_cache_it_is_configured_like(self):
        self.aurelis("set", "c", "v", "x")
        self.aurelis("run", "--trace", self.trace())
        self.assertEqual(self.text("scan"), "aurelis:v1:c:v\n")

    def test_run_takes_requests_passes_value_sizes_and_a_bar(self):
        report = self.json("run", "--trace", self.trace(), "--requests", "7", "--passes", "3", "--value-bytes", "1KiB")
        self.assertEqual([each["requests"] for each in report["passes"]], [7, 7, 7])
        self.assertEqual(report["passes"][2]["layers"][1]["found_bytes"], 7 * 1024)
        self.aurelis("run", "--trace", self.trace(), "--min-hit-ratio", "1")
        self.aurelis("run", "--trace", self.trace(), "--passes", "1", "--min-hit-ratio", "0.9", status=MISS)
        self.assertIn("the bar is 90.0 %", self.said)

    def test_run_finds_the_trace_that_came_along(self):
        report = self.json("run", "--requests", "500", "--passes", "1")
        self.assertEqual(os.path.basename(report["trace"]), "web-2013.trace.xz")
        self.assertEqual(report["passes"][0]["requests"], 500)

    def test_run_counts_an_entry_that_was_tampered_with_as_a_miss_and_never_serves_it(self):
        trace, data = self.trace(), os.path.join(self.home, "data")
        options = ("run", "--trace", trace, "--data", data, "--passes", "1", "--value-bytes", "4KiB")
        self.json(*options)
        for name in os.listdir(data):
            path = os.path.join(data, name)
            with open(path, "r+b") as file:
                content = file.read().replace(b'{"page":"page3"', b'{"page":"page4"')
                file.seek(0)
                file.write(content)
        again = self.json(*options, "--keep")["passes"][0]
        self.assertEqual((again["mismatches"], again["origin_calls"]), (0, 1))

    def test_ctrl_c_ends_run_with_the_table_so_far(self):
        trace = self.trace(requests=[f"page{number}" for number in range(400_000)])
        master, terminal = pty.openpty()
        process = self.start("run", "--trace", trace, stderr=terminal)
        os.close(terminal)
        shown = b""
        while b"pass 1 [" not in shown:  # The progress bar: requests are being answered.
            shown += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        out = b""
        while piece := process.stdout.read(65536):
            out += piece
        os.close(master)
        process.stdin.close()
        process.stdout.close()
        self.assertEqual(process.wait(TIMEOUT_S), DONE)
        self.assertIn(b"L3_disk", out)
        self.assertRegex(out, rb"interrupted after [1-9][\d,]* requests")

    def test_traces_may_be_compressed_and_lack_the_last_newline(self):
        for name, packed in (("t.gz", gzip.compress), ("t.xz", lzma.compress), ("t", lambda text: text[:-1]),
                             ("t.crlf", lambda text: text.replace(b"\n", b"\r\n"))):
            shown = self.json("replay", "--trace", self.trace(name, packed), "--entries", "100")
            self.assertEqual((shown["requests"], shown["hits"]),
                             (len(self.REQUESTS), len(self.REQUESTS) - self.KEYS), name)

    def test_traces_that_are_none_are_refused(self):
        for name, content in (("empty", b""), ("blank", b"\n\n"), ("words", b"a b c\n"), ("size", b"a -1\n"),
                              ("long", b"x" * 70000 + b"\n")):
            line = self.refused("replay", "--trace", self.file(name, content), "--entries", "10")
            self.assertIn(name, line)
        self.assertIn("words:1: ", self.refused("replay", "--trace", "words", "--entries", "10"))
        self.refused("replay", "--trace", "nowhere", "--entries", "10")
        self.refused("replay", "--trace", self.home, "--entries", "10")
        broken = self.file("broken.xz", lzma.compress(b"a\n" * 100000)[:-30])
        self.assertIn("broken.xz", self.refused("replay", "--trace", broken, "--entries", "10", status=FAILURE))
        self.refused("run", "--trace", "nowhere")

    def test_replay_has_the_promised_keys_and_keeps_the_bound(self):
        trace = self.trace(requests=[str(number % 500) for number in range(5000)])
        shown = self.json("replay", "--trace", trace, "--entries", "100")
        self.assertEqual(list(shown), ["requests", "hits", "hit_ratio", "byte_hit_ratio", "entries", "bytes",
                                       "policy", "seconds"])
        self.assertEqual(shown["requests"], 5000)
        self.assertTrue(0 < shown["entries"] <= 100, shown)
        self.assertEqual(shown["hit_ratio"], shown["hits"] / 5000)
        self.assertEqual(self.json("replay", "--trace", trace, "--entries", "600")["hits"], 4500)
        self.assertIn("hit ratio", self.text("replay", "--trace", trace, "--entries", "100"))

    def test_replay_weighs_sizes_and_keeps_a_bound_of_bytes(self):
        trace = self.trace(requests=["big 1000", "small 10", "small 10", "big 1000", "other 90"])
        shown = self.json("replay", "--trace", trace, "--entries", "10")
        self.assertEqual((shown["hits"], shown["byte_hit_ratio"]), (2, 1010 / 2110))
        trace = self.trace(requests=[f"k{number} 10000" for number in range(1000)])
        shown = self.json("replay", "--trace", trace, "--bytes", "1MiB")
        self.assertTrue(0 < shown["bytes"] <= 1 << 20, shown)
        self.assertLess(shown["entries"], 105)
        for wrong in ([], ["--entries", "5", "--bytes", "5"], ["--entries", "0"], ["--bytes", "-1"]):
            self.refused("replay", "--trace", trace, *wrong)


if __name__ == "__main__":
    unittest.main(verbosity=2)
