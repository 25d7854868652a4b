#!/usr/bin/env python3
"""`aurelis invalidate`: what each option selects, what the answer says, and what wrong use gets.

AURELIS_BIN names the program, as for cli_test.py. The default configuration is memory over a file on disk, so what a
process finds was left on disk by the one before.
"""
import os
import unittest

from cli_test import MISS, CommandLine

ENTRIES = {("a", "1"): "red", ("a", "2"): "blue", ("b", "1"): "red", ("b", "2"): None}


class Invalidate(CommandLine):
    def fill(self):
        for (category, name), tag in ENTRIES.items():
            self.aurelis("set", category, name, "value", *(["--tags", tag] if tag else []))
        self.aurelis("set", "a", "1", "page", "--params", '{"page":1}')

    def found(self):
        hits = [category + name for category, name in ENTRIES
                if self.json("get", category, name, status=None)["status"] == "hit"]
        if self.json("get", "a", "1", "--params", '{"page":1}', status=None)["status"] == "hit":
            hits.append("a1p")
        return " ".join(hits)

    def test_each_option_selects_what_it_says_in_this_process_and_in_later_ones(self):
        for arguments, left in (
                (["a"], "b1 b2"),
                (["a", "1"], "a2 b1 b2"),
                (["a", "1", "--params", '{"page": 1}'], "a1 a2 b1 b2"),
                (["--tag", "red"], "a2 b2 a1p"),
                (["b", "--tag", "red"], "a1 a2 b2 a1p"),
                (["--pattern", "?:1"], "a2 b2"),
                (["--pattern", "aurelis:*:b:*"], "a1 a2 a1p"),
                (["--larger-than", "4"], "a1p"),
                (["aurelis:v1:a:1"], "a2 b1 b2 a1p"),
                (["aurelis:v1:a:1", "--tag", "blue"], "a1 a2 b1 b2 a1p"),
                (["a", "1", "--pattern", "?:*"], "a2 b1 b2"),
                (["a", "--pattern", "?:[1]", "--tag", "red"], "a2 b1 b2 a1p"),
                (["--older-than", "1d"], "a1 a2 b1 b2 a1p"),
                (["--older-than", "1ns", "b"], "a1 a2 a1p"),
                (["--format-id", "200"], "a1 a2 b1 b2 a1p"),
        ):
            with self.subTest(arguments=arguments):
                self.fill()
                self.aurelis("invalidate", *arguments)
                self.assertEqual(self.found(), left)
                # What is stored afterwards is found again.
                self.fill()
                self.assertEqual(self.found(), "a1 a2 b1 b2 a1p")

    def test_a_dry_run_counts_and_changes_nothing(self):
        self.fill()
        answer = self.json("invalidate", "a", "--dry-run")
        self.assertEqual(answer, {"soft": False, "dry_run": True, "complete": True, "layers": [
            {"name": "L1_memory", "status": "OK", "matched": 0, "removed": 0},
            {"name": "L3_disk", "status": "OK", "matched": 3, "removed": 0}]})
        self.assertEqual(self.text("invalidate", "--tag", "red", "--dry-run"),
                         "layer      matched\nL1_memory        0\nL3_disk          2\n")
        self.assertEqual(self.found(), "a1 a2 b1 b2 a1p")

    def test_the_real_run_says_what_it_hid_and_removed(self):
        self.fill()
        disk = self.json("invalidate", "--tag", "red")["layers"][1]
        self.assertEqual((disk["hidden"], disk["removed"]), (2, 2))
        again = self.json("invalidate", "--tag", "red")["layers"][1]
        self.assertEqual((again["hidden"], again["removed"]), (0, 0))
        self.assertEqual(self.text("invalidate", "b"), "layer      hidden  removed\nL1_memory       0        0\n"
                                                       "L3_disk         1        1\n")

    def test_when_nothing_matched_it_says_what_may_have_been_meant(self):
        self.fill()
        open(os.path.join(self.home, "a_file"), "w").close()
        for arguments, told in (
                (["user123"], "the argument is a category; an identifier comes after one"),
                (["a:1"], "did you mean: aurelis invalidate a 1\n"),
                (["?"], "the category '?' counts as it is written, without wildcards; did you mean --pattern '?:*'?"),
                (["a,b"], "'a,b' counts as one category"),
                (["--tag", "red,blue"], "'red,blue' counts as one tag"),
                (["--tag", "r*"], "the tag 'r*' counts as it is written"),
                (["--pattern", "a:x:y"], "a ':' that belongs to an identifier is written as %3A"),
        ):
            with self.subTest(arguments=arguments):
                self.aurelis("invalidate", *arguments)
                self.assertIn("aurelis: no entry matched: ", self.said)
                self.assertIn(told, self.said)
        self.aurelis("invalidate", "a:1", "--hide-only")
        self.assertIn("aurelis: perhaps no entry matched: ", self.said)
        self.assertEqual(self.found(), "a1 a2 b1 b2 a1p")
        for arguments in (["a", "--dry-run"], ["--tag", "red"], ["b", "--hide-only"], ["c", "1"]):
            self.aurelis("invalidate", *arguments)
            self.assertEqual(self.said, "", arguments)

    def test_a_pattern_that_the_shell_has_expanded(self):
        for name in ("page", "a"):
            open(os.path.join(self.home, name), "w").close()
        self.assertIn("if the shell has expanded it, write the pattern in quotes",
                      self.refused("invalidate", "--pattern", "a"))
        self.assertIn("if the shell has expanded it, write the pattern in quotes",
                      self.refused("invalidate", "--pattern", "a:1", "page"))
        for command in ("invalidate", "scan"):
            self.assertIn("if the shell has expanded a pattern, write it in quotes",
                          self.refused(command, "a", "a", "page"))
        self.assertNotIn("quotes", self.refused("scan", "a", "b"))

    def test_hide_only_neither_counts_nor_removes(self):
        self.fill()
        disk = self.json("invalidate", "a", "--hide-only")["layers"][1]
        self.assertEqual((disk["hidden"], disk["removed"]), (None, 0))
        self.assertEqual(self.found(), "b1 b2")
        reason = self.json("explain", "a", "2", status=MISS)["layers"][1]["reason"]
        # A slow process may have come to remove them behind the call.
        self.assertIn(reason, ("older than an invalidation of its category", "not stored, removed, evicted or expired"))

    def test_what_is_hidden_is_neither_listed_nor_counted_as_removed_by_a_clear(self):
        self.fill()
        self.aurelis("set", "b", "2", "value", "--ttl", "1h", "--stale", "1h")
        self.aurelis("invalidate", "b", "2", "--soft")
        self.aurelis("invalidate", "a", "--hide-only")
        self.assertEqual(self.text("scan").split(), ["aurelis:v1:b:1", "aurelis:v1:b:2"])
        self.assertEqual([item["key"] for item in self.json("scan")["keys"]], ["aurelis:v1:b:1", "aurelis:v1:b:2"])
        self.aurelis("set", "a", "1", "again")
        self.assertEqual(len(self.text("scan").split()), 3)
        answer = self.json("clear", "--yes")
        self.assertEqual(answer["removed"], 3)
        # A slow process may have come to remove some behind the call.
        self.assertLessEqual(answer["hidden_before"], 2)

    def test_soft_makes_entries_stale(self):
        self.aurelis("set", "a", "1", "value", "--ttl", "1h", "--stale", "1h", "--tags", "red")
        disk = self.json("invalidate", "--tag", "red", "--soft")["layers"][1]
        self.assertEqual((disk["made_stale"], disk["removed"]), (1, 0))
        self.assertEqual(self.json("get", "a", "1", status=None)["status"], "stale")
        self.assertIn("the tag red", self.json("explain", "a", "1", status=None)["layers"][1]["reason"])

    def test_explain_names_the_pattern_of_a_ban(self):
        self.fill()
        self.aurelis("invalidate", "--pattern", "a:[12]", "--larger-than", "2", "--soft")
        reason = self.json("explain", "a", "2", status=None)["layers"][1]["reason"]
        self.assertIn("the pattern a:[12], larger than 2 bytes", reason)

    def test_events_invalidate_what_their_rules_say(self):
        config = self.config(more="invalidation:\n"
                                  "  - {on: user_changed, targets: ['pattern:a:{id}', 'event:all_changed']}\n"
                                  "  - {on: all_changed, targets: ['tag:red', 'event:nobody_listens']}\n")
        self.fill_with(config)
        answer = self.json("invalidate", "--config", config, "--event", "user_changed", "--context", "id=2")
        self.assertEqual((answer["targets"], answer["events_without_rule"]), (2, 1))
        self.assertIn("the event 'nobody_listens', which the rule of 'all_changed' names, has no rule", self.said)
        self.assertIn("nobody_listens", answer["without_rule"])
        self.assertNotIn("nothing was invalidated", self.said)
        for category, name, status in (("a", "1", MISS), ("a", "2", MISS), ("b", "1", MISS), ("b", "2", 0)):
            self.aurelis("get", category, name, "--config", config, status=status)

    def fill_with(self, config):
        for (category, name), tag in ENTRIES.items():
            self.aurelis("set", category, name, "value", "--config", config, *(["--tags", tag] if tag else []))

    def test_an_event_without_a_rule_or_a_variable_invalidates_nothing(self):
        config = self.config(more="invalidation: [{on: changed, targets: ['pattern:a:{id}']}]\n")
        self.fill_with(config)
        self.assertEqual(self.aurelis("invalidate", "--config", config, "--event", "other", status=MISS), b"")
        self.assertIn("the event 'other' has no rule; events with one: changed\n", self.said)
        self.assertIn("nothing was invalidated", self.said)
        self.assertEqual(self.aurelis("invalidate", "--config", config, "--event", "chnged", status=MISS), b"")
        self.assertIn("the event 'chnged' has no rule; did you mean 'changed'?\n", self.said)
        line = self.refused("invalidate", "--config", config, "--event", "changed", "--context", "name=2")
        self.assertIn("id", line)
        # A value cannot reach beyond its place.
        self.aurelis("invalidate", "--config", config, "--event", "changed", "--context", "id=*")
        self.aurelis("get", "a", "2", "--config", config)
        nested = self.config(more="invalidation: [{on: changed, targets: ['event:nosuch']}]\n")
        self.assertEqual(self.aurelis("invalidate", "--config", nested, "--event", "changed", status=MISS), b"")
        self.assertIn("the event 'nosuch', which the rule of 'changed' names, has no rule", self.said)

    def test_wrong_use_is_told_in_one_line(self):
        self.fill()
        for arguments, told in (
                ([], "name a CATEGORY, --tag, --pattern or --event"),
                (["--tag", ""], "--tag is empty"),
                (["--pattern", "*"], "wildcards in the namespace"),
                (["--pattern", "nothing"], "it has neither this cache's namespace nor a category and an identifier"),
                (["--pattern", "other:v1:a:1"], "it looks like a full key of another namespace"),
                (["--pattern", "a:1\\"], "nothing follows the backslash at its end"),
                (["--pattern", "a:[1"], "a '[' has no ']' after it"),
                (["--params", "{}", "--tag", "red"], "--params needs a CATEGORY and an ID"),
                (["a", "1", "--pattern", "a:1", "--tag", "red"], "an identifier and a pattern are given together with"),
                (["a", "--pattern", "b:1"], "no entry of the category can match"),
                (["a", "--dry-run", "--hide-only"], "--dry-run only counts and --hide-only does not count"),
                (["aurelis:v1:a:1", "--pattern", "b:1"], "a full key and --pattern are given"),
                (["aurelis:v1:a"], "it has too few fields for a key"),
                (["a", "--event", "changed"], "an event comes with no CATEGORY"),
                (["--event", "changed", "--tag", "red"], "an event comes with nothing else"),
                (["--tag", "red", "--context", "a=b"], "--context needs --event"),
                (["--event", "e", "--context", "a"], "'a' is not NAME=VALUE"),
                (["--event", "e", "--context", "a=1", "a=2"], "a is given twice"),
                (["--older-than", "5q", "a"], "--older-than"),
                (["--larger-than", "x", "a"], "--larger-than"),
                (["--format-id", "0", "a"], "--format-id: '0' is not in range 1 to 255; see"),
                (["--format-id", "x", "a"], "--format-id: 'x' is not in range 1 to 255; see"),
                (["--tag", "red", "--tag", "blue"], "--tag is given more than once; give it once; see"),
                (["--event"], "--event needs a value; write --event NAME; see"),
                (["--soft=5m", "a"], "--soft takes no value; write it alone; see"),
                (["a", "--config", "/no/such.yaml"], "aurelis: the configuration file '/no/such.yaml'"),
                (["--tag", "t" * 1025], "1024 bytes"),
        ):
            with self.subTest(arguments=arguments):
                self.assertIn(told, self.refused("invalidate", *arguments))
        self.assertEqual(self.found(), "a1 a2 b1 b2 a1p")


if __name__ == "__main__":
    unittest.main()
