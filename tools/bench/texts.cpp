// Reading the files, and building responses around real prompts.
#include "texts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

namespace aurelis::bench {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kLargest = size_t{1} << 20;
constexpr size_t kTogether = size_t{256} << 10;

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// Source files, in the order of their paths, until there is more than enough.
std::string source_text_below(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(folder, error); at != fs::recursive_directory_iterator();
         at.increment(error)) {
        if (error) break;
        const std::string name = at->path().filename().string();
        if (at->is_directory(error) && (name.rfind("build", 0) == 0 || name.rfind('.', 0) == 0)) {
            at.disable_recursion_pending();
            continue;
        }
        const std::string extension = at->path().extension().string();
        for (const char* known : {".h", ".hpp", ".c", ".cpp", ".py", ".md"}) {
            if (extension == known) files.push_back(at->path());
        }
    }
    std::sort(files.begin(), files.end());
    std::string text;
    for (const fs::path& file : files) {
        if (text.size() > 4 * kLargest) break;
        text += content_of(file);
    }
    return text;
}

// After the first round the lines come in another order, so that the text does not repeat as a whole.
std::string long_text(const std::vector<std::string>& prompts) {
    std::string text;
    std::vector<std::string> lines;
    for (const std::string& prompt : prompts) {
        text += prompt + "\n\n";
        std::istringstream stream(prompt);
        for (std::string line; std::getline(stream, line);) lines.push_back(line + "\n");
    }
    std::mt19937 random(1);
    while (text.size() < 2 * kLargest) {
        for (size_t i = lines.size() - 1; i > 0; --i) std::swap(lines[i], lines[random() % (i + 1)]);
        for (const std::string& line : lines) text += line;
    }
    return text;
}

std::string hex(std::mt19937& random, size_t digits) {
    std::string made;
    while (made.size() < digits) made += "0123456789abcdef"[random() % 16];
    return made;
}

Json user_record(std::mt19937& random, size_t number) {
    constexpr const char* kNames[] = {"Ada Moreau", "Jonas Keller", "Mei Tanaka",
                                      "Luca Rossi", "Sofia Lind",   "Omar Haddad"};
    constexpr const char* kPlans[] = {"free", "team", "enterprise"};
    return Json{{"id", 100000 + number * 37 + random() % 37},
                {"name", kNames[random() % std::size(kNames)]},
                {"email", "user" + std::to_string(number) + "@mail.example"},
                {"plan", kPlans[random() % std::size(kPlans)]},
                {"active", random() % 4 != 0},
                {"score", static_cast<double>(random() % 10000) / 100.0},
                {"last_login",
                 "2026-0" + std::to_string(1 + random() % 9) + "-1" + std::to_string(random() % 10) + "T08:30:00Z"}};
}

Json completion(std::mt19937& random, const std::string& text) {
    const int64_t tokens = static_cast<int64_t>(text.size() / 4);
    return Json{{"id", "chatcmpl-" + hex(random, 24)},
                {"object", "chat.completion"},
                {"created", 1760000000 + random() % 10000000},
                {"model", "large-2026-05"},
                {"choices", Json::array({Json{{"index", 0},
                                              {"message", Json{{"role", "assistant"}, {"content", text}}},
                                              {"logprob", -static_cast<double>(random() % 100000) / 1024.0},
                                              {"finish_reason", "stop"}}})},
                {"usage", Json{{"prompt_tokens", random() % 800}, {"completion_tokens", tokens}, {"cached", nullptr}}}};
}

// The beginning of a text, ending at a complete UTF-8 character.
std::string beginning(const std::string& text, size_t bytes) {
    size_t size = std::min(text.size(), bytes);
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return text.substr(0, size);
}

// A space after each comma and colon.
std::string spaced(const std::string& compact) {
    std::string made;
    bool in_string = false;
    for (size_t i = 0; i < compact.size(); ++i) {
        made += compact[i];
        if (in_string && compact[i] == '\\')
            made += compact[++i];
        else if (compact[i] == '"')
            in_string = !in_string;
        else if (!in_string && (compact[i] == ',' || compact[i] == ':'))
            made += ' ';
    }
    return made;
}

// Replaces the lower-case letters of prompts by Cyrillic ones.
void transliterate(Json& value) {
    if (value.is_string() && value.get_ref<const std::string&>().size() > 64) {
        std::string made;
        for (const char c : value.get_ref<const std::string&>()) {
            if (c >= 'a' && c <= 'p')
                made += {'\xd0', static_cast<char>(0xb0 + (c - 'a'))};
            else if (c >= 'q' && c <= 'z')
                made += {'\xd1', static_cast<char>(0x80 + (c - 'q'))};
            else
                made += c;
        }
        value = made;
    } else if (value.is_structured()) {
        for (Json& member : value) transliterate(member);
    }
}

std::string styled(const std::string& compact, Kind kind) {
    if (kind == Kind::Json) return compact;
    Json value = Json::parse(compact);
    if (kind == Kind::IndentedJson) return value.dump(2);
    if (kind == Kind::EscapedJson) transliterate(value);
    return spaced(value.dump(-1, ' ', true));
}

}  // namespace

const char* name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::Json: return "json";
        case Kind::PythonJson: return "python";
        case Kind::IndentedJson: return "indented";
        case Kind::EscapedJson: return "escaped";
        case Kind::Prompts: return "prompts";
        case Kind::Source: break;
    }
    return "source";
}

Result<Texts> Texts::read(const std::string& data_folder, const std::string& source_folder) {
    Texts texts;
    std::ifstream stream(data_folder + "/prompts.jsonl");
    for (std::string line; std::getline(stream, line);) {
        const Json row = Json::parse(line, nullptr, false);
        if (row.contains("prompt")) texts.prompts_.push_back(row["prompt"].get<std::string>());
    }
    if (texts.prompts_.empty())
        return fail(AURELIS_E_CONFIG, data_folder + "/prompts.jsonl: there are no prompts; give --data FOLDER");
    texts.prompt_text_ = long_text(texts.prompts_);
    texts.source_text_ = source_text_below(source_folder);
    if (texts.source_text_.size() < kLargest)
        return fail(AURELIS_E_CONFIG, source_folder + ": holds less than 1 MiB of source text; give --text FOLDER");
    return texts;
}

// A record for small sizes, a model's response for the size of one prompt, a page of both for larger ones.
std::string Texts::response(size_t bytes, size_t number) const {
    std::mt19937 random(static_cast<uint32_t>(number + 1));
    if (bytes < 400) return user_record(random, number).dump();
    if (bytes <= 2048) {
        std::string text = prompts_[random() % prompts_.size()];
        while (text.size() < bytes) text += "\n" + prompts_[random() % prompts_.size()];
        return completion(random, beginning(text, bytes - 300)).dump();
    }
    Json page{{"object", "list"}, {"data", Json::array()}};
    for (size_t size = 60; size + 300 < bytes;) {
        const bool is_record = random() % 3 == 0;
        Json item = is_record ? user_record(random, size)
                              : completion(random, beginning(prompts_[random() % prompts_.size()], bytes - size));
        size += item.dump().size() + 1;
        page["data"].push_back(std::move(item));
    }
    return page.dump();
}

std::vector<std::string> Texts::values(Kind kind, size_t bytes) const {
    const size_t count = std::clamp<size_t>(kTogether / bytes, 1, 64);
    const std::string& text = kind == Kind::Prompts ? prompt_text_ : source_text_;
    std::vector<std::string> made;
    for (size_t i = 0; i < count; ++i) {
        const size_t places = text.size() - bytes + 1;
        made.push_back(is_json(kind) ? styled(response(bytes, i), kind) : text.substr(i * 40009 % places, bytes));
    }
    return made;
}

}  // namespace aurelis::bench
