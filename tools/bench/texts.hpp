// What the benchmark of serializers encodes: JSON responses, prompts and source text, cut to a size. The same in every
// run on the same files.
#pragma once

#include <aurelis/base/result.hpp>

#include <string>
#include <vector>

namespace aurelis::bench {

// Json is compact. PythonJson: as Python's json.dumps writes it by default. IndentedJson: indented by 2. EscapedJson:
// as Python writes it by default if most letters are Cyrillic.
enum class Kind { Json, PythonJson, IndentedJson, EscapedJson, Prompts, Source };
inline constexpr Kind kKinds[] = {Kind::Json,        Kind::PythonJson, Kind::IndentedJson,
                                  Kind::EscapedJson, Kind::Prompts,    Kind::Source};
const char* name_of(Kind kind) noexcept;
inline bool is_json(Kind kind) noexcept { return kind <= Kind::EscapedJson; }

class Texts {
public:
    // Real prompts from `data_folder`/prompts.jsonl, source text from the files below `source_folder`.
    static Result<Texts> read(const std::string& data_folder, const std::string& source_folder);

    // Different values of this size, up to a quarter of a MiB together, at least one and at most 64. JSON values are
    // complete texts, so they have about this size, not counting what their style adds.
    std::vector<std::string> values(Kind kind, size_t bytes) const;

private:
    std::string response(size_t bytes, size_t number) const;

    std::vector<std::string> prompts_;
    std::string prompt_text_;  // A few MiB: the prompts, then again with their lines in another order.
    std::string source_text_;
};

}  // namespace aurelis::bench
