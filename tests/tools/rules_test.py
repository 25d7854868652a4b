#!/usr/bin/env python3
"""What bad rules for events get: `aurelis config check` on each, one line that names place, thing and way out.

AURELIS_BIN names the program, as for cli_test.py. What a good rule means is tested in tests/core/flow.
"""
import unittest

from cli_test import DONE, USAGE, CommandLine

LAYERS = "layers: [{name: L1, backend: memory, priority: 1}]\n"
LINE_MAX = 600  # Of a message, however long the input is.


def quoted(text):
    """The text in YAML's double quotes, with the characters that are not printable escaped."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


def rule(*targets, on="changed"):
    return f"  - on: {on}\n    targets:\n" + "".join(f"      - {quoted(target)}\n" for target in targets)


# A target, and what the message must contain.
BAD_TARGETS = (
    ("", "expected texts such as category:user_data"),
    ("tag:", "nothing follows the ':'; name what to invalidate"),
    ("category:", "nothing follows the ':'"),
    ("event:", "nothing follows the ':'"),
    ("pattern:", "the pattern is empty; write 'user_data:42' or, in full, 'app:*:user_data:42'"),
    ("tag:" + 1025 * "t", "the tag has 1025 bytes, the limit is 1024; shorten it"),
    ("tag:{user id}", "'{user id}' is not a variable"),
    ("tag:{}", "'{}' is not a variable"),
    ("tag:{user", "a '{' has no partner"),
    ("tag:user}", "a '}' has no partner"),
    ("event:" + 129 * "e", "the event's name is longer than 128 bytes"),
    ("event:a\nb", "the event's name holds a control character"),
    # Without this cache's namespace, or with one that wildcards could stretch to another cache's.
    ("pattern:*", "wildcards in the namespace could reach the keys of other caches; write 'app:' in place of '*:'"),
    ("pattern:a*:v1:user_data:42", "wildcards in the namespace could reach the keys of other caches"),
    ("pattern:[a-z]pp:*", "wildcards in the namespace could reach the keys of other caches"),
    ("pattern:user_data", "it has neither this cache's namespace nor a category and an identifier"),
    ("pattern:{category}", "it has neither this cache's namespace nor a category and an identifier"),
    # Forms that no key has.
    ("pattern:app:v1", "its category cannot be read: it has too few fields for a key"),
    ("pattern:app:v1::42", "the category is empty"),
    ("pattern::42", "its category cannot be read: it is empty"),
    ("pattern:user_data:", "for the whole category write 'user_data:*'"),
    ("pattern:user_data:100%", "'%' is not in any key"),
    ("pattern:user_data:%3a", "'%3a' is not in any key"),
    ("pattern:user_data:a\x07b", "it has a control character; write it as it is in keys, such as %0A"),
    ("pattern:user_data:\x7f", "it has a control character"),
    # Where a value could not be escaped.
    ("pattern:user_data:[{id}]", "a variable is within [...] or after a backslash"),
    ("pattern:user_data:\\{id}", "a variable is within [...] or after a backslash"),
    ("pattern:user_data:a\\", "nothing follows the backslash at its end"),
    ("pattern:user_data:[a", "a '[' has no ']' after it"),
    ("pattern:user_data:[b-a]", "no byte is in the set [b-a]"),
    ("pattern:user_data:a::b", "nothing is between two ':'"),
    ("pattern:other:v1:user_data:42", "it looks like a full key of another namespace"),
    # A file has at most 1 MiB, so a million characters reach the check.
    ("pattern:user_data:" + 1_000_000 * "a", "it has 1000018 bytes, the limit is 4096; shorten it"),
    ("pattern:user_data:" + 4079 * "*", "it has 4097 bytes, the limit is 4096; shorten it"),
    ("app:v1:user_data:" + 1_000_000 * "a", "bytes, the limit is 4096; shorten it"),
    # What counts as a full key, but is none of this cache's.
    ("user_data:{id}", "as a full key it would begin with 'app:'; did you mean 'pattern:user_data:{id}'?"),
    ("user_data", "did you mean 'category:user_data'?"),
    ("tags:x", "did you mean 'tag:x'?"),
    ("key:app:v1:a:1", "a full key is written without 'key:'; did you mean 'app:v1:a:1'?"),
    ("other:v1:user_data:42", "a full key of another namespace than this cache's, which begins with 'app:'"),
    ("app:v1:user_data", "did you mean 'category:user_data'?"),
    ("app:v1:user_data:*", "a full key has no wildcards; did you mean 'pattern:app:v1:user_data:*'?"),
    ("app:v1:user_data:%", "no entry can have this key"),
)

GOOD_TARGETS = (
    "tag:" + 1024 * "t", "tag:ü 世", "tag:{{literal}}", "tag:{a}{b}", "category:nowhere", "category:{name}",
    "event:without_a_rule", "pattern:user_data:*", "pattern:app:*", "pattern:app:*:user_data:{id}:*",
    "pattern:{category}:{id}", "pattern:user_data:a%3Ab", "pattern:user_data:\\*", "pattern:user_data:[!a-z]?",
    "pattern:user_data:" + 4078 * "*", "app:v1:user_data:42", "app:v1:user_data:{id}",
)


class Rules(CommandLine):
    def check(self, rules, status):
        config = self.file("rules.yaml", "cache: {namespace: app}\n" + LAYERS + "invalidation:\n" + rules)
        answer = self.json("config", "check", "--config", config, status=status)
        for problem in answer["problems"]:
            self.assertLessEqual(len(problem["message"]), LINE_MAX)
            self.assertNotRegex(problem["message"], r"[\x00-\x1f\x7f]")
        return answer["problems"]

    def test_each_bad_target_gets_one_message_at_its_line(self):
        for target, message in BAD_TARGETS:
            with self.subTest(target=target[:40]):
                problems = self.check(rule("tag:good", target, "tag:also_good"), USAGE)
                self.assertEqual([problem["line"] for problem in problems], [7], problems)
                self.assertIn(message, problems[0]["message"])
                self.assertTrue(problems[0]["message"].startswith("invalidation: event changed: "), problems)

    def test_all_bad_targets_are_reported_at_once(self):
        short = [target for target, _ in BAD_TARGETS if len(target) < 10_000]
        problems = self.check(rule(*short), USAGE)
        self.assertEqual([problem["line"] for problem in problems], list(range(6, 6 + len(short))))

    def test_good_targets_get_none(self):
        self.assertEqual(self.check(rule(*GOOD_TARGETS), DONE), [])

    def test_a_ring_is_shown(self):
        problems = self.check(rule("event:b", on="a") + rule("tag:x", "event:c", on="b") + rule("event:a", on="c"),
                              USAGE)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn("its rule would lead back to itself: c -> a -> b -> c;", problems[0]["message"])

    def test_bounds_on_numbers(self):
        self.assertEqual(self.check(rule(*(f"tag:{i}" for i in range(128))), DONE), [])
        problems = self.check(rule(*(f"tag:{i}" for i in range(129))), USAGE)
        self.assertIn("its rule has more than 128 targets; move some into the rule of another event",
                      problems[0]["message"])
        self.assertEqual(self.check("".join(rule("tag:x", on=f"e{i}") for i in range(1024)), DONE), [])
        problems = self.check("".join(rule("tag:x", on=f"e{i}") for i in range(1025)), USAGE)
        self.assertEqual(len(problems), 1)
        self.assertIn("there are 1024 events with rules already, which is the limit", problems[0]["message"])

    def test_bad_events(self):
        for event, message in (('""', "'on' is empty"), (quoted("a\tb"), "'on' holds a control character"),
                               (129 * "e", "'on' is longer than 128 bytes"), ("[a]", "'on': ")):
            with self.subTest(event=event[:20]):
                problems = self.check(rule("tag:x", on=event), USAGE)
                self.assertEqual([problem["line"] for problem in problems], [4], problems)
                self.assertIn(message, problems[0]["message"])
        problems = self.check(rule("tag:x", on="a") + rule("tag:y", on="a"), USAGE)
        self.assertEqual([problem["line"] for problem in problems], [7], problems)

    def test_the_default_namespace_counts(self):
        config = self.file("rules.yaml", LAYERS + "invalidation:\n" + rule("pattern:aurel*:v1:user_data:42"))
        problems = self.json("config", "check", "--config", config, status=USAGE)["problems"]
        self.assertIn("write 'aurelis:' in place of 'aurel*:'", problems[0]["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
