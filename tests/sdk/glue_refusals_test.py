#!/usr/bin/env python3
"""What the C++ glue for plugins refuses to compile, and that it says why in a sentence: a member that is missing,
private, misspelled or called differently, a capability without its function, a language older than C++20. A sound store
compiles."""
import argparse
import subprocess
import sys
import unittest

ARGUMENTS = None

STORE = """
#include <aurelis/plugin/export.hpp>
using namespace aurelis;
class Store %(final)s {
public:
    %(caps)s
    %(create)s
    aurelis_status get(aurelis_call*, const aurelis_key&, aurelis_entry*) { return AURELIS_NOT_FOUND; }
    %(set)s
    aurelis_status remove(aurelis_call*, const aurelis_key&) { return AURELIS_NOT_FOUND; }
    %(more)s
};
AURELIS_PLUGIN("test.glue", "1.0.0", "A store.", %(items)s plugin::backend<Store>("store", "Holds nothing."));
"""
SOUND = {
    "final": "", "more": "", "items": "",
    "caps": "static constexpr uint64_t kCaps = 0;",
    "create": "static Result<std::unique_ptr<Store>> create(const plugin::Setup&) { "
              "return std::make_unique<Store>(); }",
    "set": "aurelis_status set(aurelis_call*, const aurelis_key&, const aurelis_write&, uint64_t*) { "
           "return AURELIS_OK; }",
}
WHOLE = """
    aurelis_status start(aurelis_call*) { return AURELIS_OK; }
    void stop() {}
    const void* get_extension(const char*) { return nullptr; }
    aurelis_status touch(aurelis_call*, const aurelis_key&, int64_t) { return AURELIS_NOT_FOUND; }
    aurelis_status multi_get(aurelis_call*, const aurelis_key*, size_t, aurelis_entry*) { return AURELIS_OK; }
    aurelis_status multi_write(aurelis_call*, const aurelis_key*, const aurelis_write*, size_t, aurelis_status*,
                               uint64_t*) {
        return AURELIS_OK;
    }
    aurelis_status remove_matching(aurelis_call*, const aurelis_match&, uint64_t*) { return AURELIS_OK; }
    aurelis_status scan(aurelis_call*, aurelis_scan&, aurelis_visit_fn, void*) { return AURELIS_OK; }
    aurelis_status flush(aurelis_call*) { return AURELIS_OK; }
    aurelis_status size(aurelis_call*, aurelis_size& out) { return out.entries = 0, AURELIS_OK; }
    aurelis_status stats(aurelis_call*, aurelis_stat_fn, void*) { return AURELIS_OK; }
    uint64_t caps() const { return kCaps; }
"""
TABLE = " ".join(f"static_assert(plugin::store_table<Store>.{name} != nullptr);" for name in
                 ("start", "stop", "get_extension", "touch", "multi_get", "multi_write", "remove_matching", "scan",
                  "flush", "size", "stats"))


class Glue(unittest.TestCase):
    def compiles(self, text, standard="c++20"):
        done = subprocess.run([ARGUMENTS.cxx, "-std=" + standard, "-Wall", "-Wextra", "-fsyntax-only", "-I",
                               ARGUMENTS.include, "-x", "c++", "-"], input=text, capture_output=True, text=True,
                              check=False, timeout=300)
        return done.returncode == 0, done.stderr

    def check_refused(self, sentence, **changes):
        ok, said = self.compiles(STORE % {**SOUND, **changes})
        self.assertFalse(ok, f"it compiles, although: {sentence}")
        self.assertIn(sentence, said.replace("\u2018", "'").replace("\u2019", "'"))

    def check_accepted(self, after="", **changes):
        ok, said = self.compiles(STORE % {**SOUND, **changes} + after)
        self.assertTrue(ok, said)

    def test_sound_stores_compile(self):
        self.check_accepted("static_assert(plugin::store_table<Store>.touch == nullptr);")
        self.check_accepted(TABLE, more=WHOLE, caps="static constexpr uint64_t kCaps = AURELIS_CAP_EXPIRY | "
                                                    "AURELIS_CAP_SCAN | AURELIS_CAP_MULTI | AURELIS_CAP_ATOMIC;")

    def test_overload_that_fits_is_taken(self):
        self.check_accepted(
            "static_assert(plugin::store_table<Store>.flush != nullptr);",
            more="aurelis_status flush(aurelis_call*) { return AURELIS_OK; } void flush(int) {}")

    def test_plugin_tells_of_itself(self):
        self.check_accepted(
            "static_assert(aurelis_plugin_.min_host_minor == 3 && aurelis_plugin_.vendor[0] == 'V');"
            "static_assert(aurelis_plugin_.license[0] == 'M' && aurelis_plugin_.url[0] == 'h');"
            "static_assert(aurelis_components_.size() == 2);"
            "static_assert(aurelis_components_[0].threads == AURELIS_THREADS_SERIAL);"
            "static_assert(aurelis_components_[1].threads == AURELIS_THREADS_PARALLEL);",
            items='plugin::vendor("V"), plugin::serial(plugin::backend<Store>("first", "Alone.")),'
                  'plugin::license("MIT"), plugin::url("https://example.com"), plugin::min_host_minor(3),')

    def test_missing_members(self):
        self.check_refused("a store needs 'static constexpr uint64_t kCaps'", caps="")
        self.check_refused("a store needs a public 'static Result<std::unique_ptr<T>> create(const Setup&)'", create="")
        self.check_refused("a store needs a public 'aurelis_status set(", set="")

    def test_private_member(self):
        self.check_refused("'touch' must be public and callable as 'aurelis_status touch(", more="private: "
                           "aurelis_status touch(aurelis_call*, const aurelis_key&, int64_t) { return AURELIS_OK; }")
        self.check_refused("'stop' must be public", more="private: void stop() {}")

    def test_overloads_of_which_none_fits(self):
        self.check_refused("'flush' must be public and callable as", more="void flush(int) {} void flush(char) {}")

    def test_other_arguments_or_result(self):
        self.check_refused("'size' must be public and callable as", more="uint64_t size() const { return 0; }")
        self.check_refused("'scan' must be public and callable as",
                           more="void scan(aurelis_call*, aurelis_scan&, aurelis_visit_fn, void*) {}")
        self.check_refused("a store needs a public 'aurelis_status set(", set="void set(std::string_view) {}")

    def test_misspelled_members(self):
        for member, sentence in (("multi_set", "are called 'multi_write'"), ("get_many", "are called 'multi_get'"),
                                 ("clear", "is called 'remove_matching'"),
                                 ("extension", "queried by 'get_extension'"),
                                 ("statistics", "the optional members are called start, stop")):
            with self.subTest(member):
                self.check_refused(sentence, more=f"aurelis_status {member}(aurelis_call*) {{ return AURELIS_OK; }}")

    def test_capabilities_without_functions(self):
        for cap, sentence in (("EXPIRY", "without 'touch'"), ("SCAN", "without 'scan'"),
                              ("LEASE", "without AURELIS_CAP_CAS"),
                              ("MULTI", "without 'multi_get' and 'multi_write'"), ("ATOMIC", "without 'multi_write'")):
            with self.subTest(cap):
                self.check_refused(f"AURELIS_CAP_{cap} is claimed {sentence}",
                                   caps=f"static constexpr uint64_t kCaps = AURELIS_CAP_{cap};")

    def test_final_class(self):
        self.check_refused("a store's class must not be 'final'", final="final")

    def test_plugin_without_component(self):
        ok, said = self.compiles('#include <aurelis/plugin/export.hpp>\n'
                                 'AURELIS_PLUGIN("test.glue", "1.0.0", "Nothing.", aurelis::plugin::vendor("V"));')
        self.assertFalse(ok)
        self.assertIn("AURELIS_PLUGIN needs a component", said)

    def test_older_language(self):
        for header in ("plugin/export.hpp", "plugin/options.hpp", "plugin/host.hpp", "plugin/match.hpp",
                       "base/glob.hpp"):
            with self.subTest(header):
                ok, said = self.compiles(f"#include <aurelis/{header}>\n", standard="c++17")
                self.assertFalse(ok)
                self.assertIn("the C++ headers of aurelis need C++20: compile with -std=c++20", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--include", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
