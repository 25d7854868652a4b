#include "config/option_access.hpp"
#include "config/option_check.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

// A call that keeps its error text.
struct Call {
    aurelis_call call{};
    std::string error;
    int told = 0;

    Call() {
        call.struct_size = sizeof call;
        call.host_data = this;
        call.set_error = [](aurelis_call* self, aurelis_status status, const char* text, size_t size) noexcept {
            auto* mine = static_cast<Call*>(self->host_data);
            if (status == AURELIS_E_CONFIG) mine->error.assign(text, size);
            ++mine->told;
        };
    }
};

Node checked(const std::string& yaml) {
    static aurelis_option any{};
    any.struct_size = sizeof any;
    any.type = AURELIS_OPT_ANY;
    any.name = "o";
    const aurelis_option* declared[] = {&any};
    Problems problems("cache.yaml");
    const auto given = read_yaml(yaml, problems);
    REQUIRE(given);
    OptionContext context;
    context.owner = "layer L3 (sqlite-disk): ";
    Node result = check_options(declared, 1, *given, context, problems);
    REQUIRE(problems.empty());
    return result;
}

const aurelis_config_api& api() { return *config_api(); }

}  // namespace

TEST_CASE("option access: paths walk maps, kinds and counts are told, members come with their keys") {
    const Node root = checked("o:\n  t: {ca: x}\n  l: [a, b]\n  n:\n");
    const aurelis_node* node = as_abi(root);
    REQUIRE(api().struct_size == sizeof(aurelis_config_api));
    REQUIRE(api().get(node, "o.t.ca") != nullptr);
    CHECK(api().get(node, "") == node);
    CHECK(api().get(node, "o.x.y") == nullptr);
    CHECK(api().get(node, "o.t.ca.deeper") == nullptr);
    CHECK(api().get(nullptr, "o") == nullptr);
    CHECK(api().get(node, nullptr) == nullptr);
    CHECK(api().kind(api().get(node, "o.t")) == AURELIS_NODE_MAP);
    CHECK(api().kind(api().get(node, "o.l")) == AURELIS_NODE_LIST);
    CHECK(api().kind(api().get(node, "o.t.ca")) == AURELIS_NODE_SCALAR);
    CHECK(api().kind(api().get(node, "o.n")) == AURELIS_NODE_NULL);
    CHECK(api().kind(nullptr) == AURELIS_NODE_NULL);
    CHECK(api().count(api().get(node, "o")) == 3);
    CHECK(api().count(api().get(node, "o.l")) == 2);
    CHECK(api().count(api().get(node, "o.t.ca")) == 0);
    CHECK(api().count(nullptr) == 0);
    const char* key = "untouched";
    CHECK(api().at(api().get(node, "o"), 1, &key) == api().get(node, "o.l"));
    CHECK(std::string(key) == "l");
    CHECK(api().at(api().get(node, "o"), 1, nullptr) == api().get(node, "o.l"));
    CHECK(api().at(api().get(node, "o.l"), 1, &key) != nullptr);
    CHECK(key == nullptr);
    CHECK(api().at(api().get(node, "o"), 3, &key) == nullptr);
    CHECK(api().at(nullptr, 0, &key) == nullptr);
}

TEST_CASE("option access: typed values") {
    const Node root = checked("o: {s: text, i: -5, d: 0.5, b: true, t: 1h30m, z: 64 MiB}\n");
    const aurelis_node* node = as_abi(root);
    Call call;
    aurelis_bytes text{};
    CHECK(api().as_string(api().get(node, "o.s"), &call.call, &text) == AURELIS_OK);
    CHECK(std::string(static_cast<const char*>(text.data), text.size) == "text");
    int64_t integer = 0;
    CHECK(api().as_int(api().get(node, "o.i"), &call.call, &integer) == AURELIS_OK);
    CHECK(integer == -5);
    double number = 0;
    CHECK(api().as_double(api().get(node, "o.d"), &call.call, &number) == AURELIS_OK);
    CHECK(number == 0.5);
    uint32_t boolean = 0;
    CHECK(api().as_bool(api().get(node, "o.b"), &call.call, &boolean) == AURELIS_OK);
    CHECK(boolean == 1);
    CHECK(api().as_duration(api().get(node, "o.t"), &call.call, &integer) == AURELIS_OK);
    CHECK(integer == 5'400'000'000'000);
    uint64_t size = 0;
    CHECK(api().as_bytes(api().get(node, "o.z"), &call.call, &size) == AURELIS_OK);
    CHECK(size == uint64_t{64} << 20);
    CHECK(call.told == 0);
    CHECK(api().as_int(api().get(node, "o.i"), &call.call, nullptr) == AURELIS_OK);
    CHECK(api().as_string(api().get(node, "o.s"), &call.call, nullptr) == AURELIS_OK);
}

TEST_CASE("option access: errors name file, line, owner and option") {
    const Node root = checked("o:\n  s: [x]\n  i: many\n");
    const aurelis_node* node = as_abi(root);
    Call call;
    int64_t integer = 42;
    CHECK(api().as_int(api().get(node, "o.i"), &call.call, &integer) == AURELIS_E_CONFIG);
    CHECK(integer == 42);
    CHECK(call.error == "cache.yaml:3: layer L3 (sqlite-disk): option o.i: expected a whole number, got 'many'");
    aurelis_bytes text{nullptr, 7};
    CHECK(api().as_string(api().get(node, "o.s"), &call.call, &text) == AURELIS_E_CONFIG);
    CHECK(text.size == 7);
    CHECK(call.error == "cache.yaml:2: layer L3 (sqlite-disk): option o.s: expected text, got a list");
    double number = 0;
    uint32_t boolean = 0;
    uint64_t size = 0;
    CHECK(api().as_double(api().get(node, "o.i"), &call.call, &number) == AURELIS_E_CONFIG);
    CHECK(api().as_bool(api().get(node, "o.i"), &call.call, &boolean) == AURELIS_E_CONFIG);
    CHECK(api().as_duration(api().get(node, "o.i"), &call.call, &integer) == AURELIS_E_CONFIG);
    CHECK(api().as_bytes(api().get(node, "o.i"), &call.call, &size) == AURELIS_E_CONFIG);
    CHECK(call.told == 6);
    CHECK(api().as_string(nullptr, &call.call, &text) == AURELIS_E_CONFIG);
    CHECK(api().as_double(nullptr, &call.call, &number) == AURELIS_E_CONFIG);
    CHECK(api().as_bool(nullptr, &call.call, &boolean) == AURELIS_E_CONFIG);
    CHECK(api().as_duration(nullptr, &call.call, &integer) == AURELIS_E_CONFIG);
    CHECK(api().as_bytes(nullptr, &call.call, &size) == AURELIS_E_CONFIG);
    CHECK(call.told == 11);
    CHECK(api().as_int(nullptr, &call.call, &integer) == AURELIS_E_CONFIG);
    CHECK(call.error == "the plugin reads an option that does not exist; tell its author");
    CHECK(api().as_int(api().get(node, "o.i"), nullptr, &integer) == AURELIS_E_CONFIG);
    call.call.set_error = nullptr;
    CHECK(api().as_int(api().get(node, "o.i"), &call.call, &integer) == AURELIS_E_CONFIG);
}

TEST_CASE("option access: a plugin rejects a value with its own reason") {
    const Node root = checked("o:\n  i: 5\n");
    const aurelis_node* node = as_abi(root);
    Call call;
    api().reject(api().get(node, "o.i"), &call.call, "must be odd for now");
    CHECK(call.error == "cache.yaml:2: layer L3 (sqlite-disk): option o.i: must be odd for now");
    api().reject(node, &call.call, "do not go together");
    CHECK(call.error == "cache.yaml:1: layer L3 (sqlite-disk): options: do not go together");
    api().reject(nullptr, &call.call, nullptr);
    CHECK(call.error == "options: is refused by the plugin, which does not say why");
    const Node bare = scalar("x");
    api().reject(as_abi(bare), &call.call, "no");
    CHECK(call.error == "configuration: options: no");
}
