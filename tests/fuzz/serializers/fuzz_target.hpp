// FuzzTarget: one function that is called again and again with changing bytes. "gzip_decode" passes the bytes to the
// stage's decode, "gzip_roundtrip" to its encode and the output to its decode. All calls go through the plugin's table,
// with guards around the memory (guarded_room.hpp). Leaves to others: where the bytes come from (seeds.hpp,
// mutator.hpp).
#pragma once

#include <guarded_room.hpp>
#include <plugin_host.hpp>
#include <stage.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::fuzz {

// Every target, in the order of the stages.
std::vector<std::string> target_names();

// Used by one thread.
class FuzzTarget {
public:
    static Result<std::unique_ptr<FuzzTarget>> open(const std::string& plugin_folder, const std::string& name);

    const std::string& name() const noexcept { return name_; }
    const std::string& stage_name() const noexcept { return stage_name_; }
    bool decodes() const noexcept { return decodes_; }
    // An instance with the stage's own choice of options.
    const conformance::Stage& stage() const noexcept { return *stages_.front(); }

    // Independent of earlier calls. The promise that was broken; NULL: none.
    const char* fuzz_one(const char* data, size_t size);
    // A rough outcome of the last input: inputs with new outcomes are worth mutating further.
    uint64_t outcome() const noexcept { return outcome_; }

private:
    struct Answer {
        aurelis_status status;
        size_t written;
    };

    FuzzTarget() = default;
    void promise(bool kept, const char* what) noexcept {
        if (!kept && broken_ == nullptr) broken_ = what;
    }
    Answer encode(const conformance::Stage& stage, std::string_view placed, size_t room);
    Answer decode(const conformance::Stage& stage, std::string_view placed, size_t room);
    void judge(const Answer& answer, const conformance::GuardedRoom& room, size_t room_bytes);
    void fuzz_decode(const conformance::Stage& stage, std::string_view source, uint64_t hash);
    void fuzz_round_trip(const conformance::Stage& stage, std::string_view source, uint64_t hash);
    void fuzz_mark(const conformance::Stage& stage, std::string_view source);
    void expect_decoded(const conformance::Stage& stage, std::string_view encoded, std::string_view original);

    std::string name_, stage_name_;
    bool decodes_ = false;
    conformance::PluginHost host_;
    std::vector<std::unique_ptr<conformance::Stage>> stages_;
    conformance::GuardedRoom source_, encoded_, encoded_source_, decoded_;
    const char* decoded_at_ = nullptr;
    const char* encoded_at_ = nullptr;
    size_t texts_ = 0;
    uint64_t outcome_ = 0;
    const char* broken_ = nullptr;
};

}  // namespace aurelis::fuzz
