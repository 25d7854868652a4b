// One pass over the text. The members of each object are written where they occur and recorded; when the object ends,
// they are sorted through JsonScratch::sorted, but only if their keys were not already ascending. Objects nest, so the
// records of an object are the tail of JsonScratch::members and are removed with it; recursion is bounded by
// kJsonDepthMax.
#include "keys/canonical_json.hpp"

#include "keys/json_lexer.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

class Canonicalizer {
public:
    Canonicalizer(std::string_view text, JsonScratch& scratch, std::string& out)
        : in_{text.data(), text.data(), text.data() + text.size(), {}}, scratch_(scratch), out_(out) {
        scratch_.keys.clear();
        scratch_.members.clear();
    }

    bool run(JsonTop top) {
        in_.skip_spaces();
        if (top == JsonTop::Object && !in_.next_is('{'))
            return in_.expected("an object, which begins with '{'");
        if (!read_value(0)) return false;
        in_.skip_spaces();
        return in_.done() || in_.expected("the end of the text");
    }
    const JsonProblem& problem() const noexcept { return in_.problem; }

private:
    bool read_value(size_t depth) {
        if (in_.done()) return in_.expected("a value");
        switch (*in_.at) {
            case '{':
                return read_object(depth + 1);
            case '[':
                return read_array(depth + 1);
            case '"':
                return read_json_string(in_, out_, nullptr);
            case 't':
                return read_word("true");
            case 'f':
                return read_word("false");
            case 'n':
                return read_word("null");
            case 'N':
            case 'I':
                return in_.expected("a value (NaN and Infinity are not JSON)");
            default:
                break;
        }
        if (*in_.at != '-' && !in_.next_is_digit()) return in_.expected("a value");
        return read_json_number(in_, out_);
    }

    bool read_word(std::string_view word) {
        if (!std::string_view(in_.at, static_cast<size_t>(in_.end - in_.at)).starts_with(word))
            return in_.expected("a value (true, false and null are the only bare words)");
        in_.at += word.size();
        out_ += word;
        return true;
    }

    bool check_depth(size_t depth) {
        static_assert(kJsonDepthMax == 64, "the message says so");
        return depth <= kJsonDepthMax || in_.expected("at most 64 levels of arrays and objects");
    }

    bool read_array(size_t depth) {
        if (!check_depth(depth)) return false;
        ++in_.at;
        out_ += '[';
        in_.skip_spaces();
        for (bool first = true; !in_.next_is(']') || !first; first = false) {
            if (!first) out_ += ", ";
            if (!read_value(depth)) return false;
            in_.skip_spaces();
            if (in_.next_is(']')) break;
            if (!in_.next_is(',')) return in_.expected("',' or ']' after an array's item");
            ++in_.at;
            in_.skip_spaces();
        }
        ++in_.at;
        out_ += ']';
        return true;
    }

    bool read_object(size_t depth) {
        if (!check_depth(depth)) return false;
        const size_t first_member = scratch_.members.size();
        const size_t first_key = scratch_.keys.size();
        const size_t text_begin = out_.size() + 1;
        bool ascending = true;
        ++in_.at;
        out_ += '{';
        in_.skip_spaces();
        for (bool first = true; !in_.next_is('}') || !first; first = false) {
            if (!first) out_ += ", ";
            if (!read_member(depth)) return false;
            if (!first) ascending = ascending && is_ascending_at_the_end();
            if (in_.next_is('}')) break;
            if (!in_.next_is(',')) return in_.expected("',' or '}' after an object's member");
            ++in_.at;
            in_.skip_spaces();
        }
        ++in_.at;
        if (!ascending) put_in_order(first_member, text_begin);
        out_ += '}';
        scratch_.members.resize(first_member);
        scratch_.keys.resize(first_key);
        return true;
    }

    bool read_member(size_t depth) {
        if (!in_.next_is('"')) return in_.expected("a member's name in double quotes");
        const size_t key_begin = scratch_.keys.size();
        const size_t text_begin = out_.size();
        if (!read_json_string(in_, out_, &scratch_.keys)) return false;
        const size_t key_size = scratch_.keys.size() - key_begin;
        in_.skip_spaces();
        if (!in_.next_is(':')) return in_.expected("':' after a member's name");
        ++in_.at;
        in_.skip_spaces();
        out_ += ": ";
        if (!read_value(depth)) return false;
        in_.skip_spaces();
        scratch_.members.push_back({static_cast<uint32_t>(key_begin), static_cast<uint32_t>(key_size),
                                    static_cast<uint32_t>(text_begin),
                                    static_cast<uint32_t>(out_.size() - text_begin)});
        return true;
    }

    std::string_view key_of(const JsonMember& member) const noexcept {
        return std::string_view(scratch_.keys).substr(member.key_begin, member.key_size);
    }

    bool is_ascending_at_the_end() const noexcept {
        const auto last = scratch_.members.rbegin();
        return key_of(*(last + 1)) < key_of(*last);
    }

    void put_in_order(size_t first_member, size_t text_begin) {
        const auto begin = scratch_.members.begin() + static_cast<std::ptrdiff_t>(first_member);
        const auto end = scratch_.members.end();
        std::sort(begin, end, [this](const JsonMember& left, const JsonMember& right) {
            const int order = key_of(left).compare(key_of(right));
            return order != 0 ? order < 0 : left.text_begin < right.text_begin;
        });
        scratch_.sorted.clear();
        for (auto member = begin; member != end; ++member) {
            if (member + 1 != end && key_of(*member) == key_of(*(member + 1)))
                continue;  // The last one counts.
            if (!scratch_.sorted.empty()) scratch_.sorted += ", ";
            scratch_.sorted.append(out_, member->text_begin, member->text_size);
        }
        out_.resize(text_begin);
        out_ += scratch_.sorted;
    }

    JsonCursor in_;
    JsonScratch& scratch_;
    std::string& out_;
};

}  // namespace

bool append_canonical_json(std::string_view text, JsonTop top, JsonScratch& scratch, std::string& out,
                           JsonProblem& problem) {
    static_assert(kJsonBytesMax == size_t{1} << 20, "the message says so");
    if (text.size() > kJsonBytesMax) {
        problem = {kJsonBytesMax, "the end of the text, which may have 1 MiB at most"};
        return false;
    }
    const size_t before = out.size();
    Canonicalizer canonicalizer(text, scratch, out);
    if (canonicalizer.run(top)) return true;
    problem = canonicalizer.problem();
    out.resize(before);
    return false;
}

std::string describe(const JsonProblem& problem) {
    return "at byte " + std::to_string(problem.offset) + ": expected " + problem.expected;
}

Result<std::string> canonical_json(std::string_view text) {
    JsonScratch scratch;
    std::string out;
    JsonProblem problem;
    if (append_canonical_json(text, JsonTop::AnyValue, scratch, out, problem)) return out;
    return fail(text.size() > kJsonBytesMax ? AURELIS_E_TOO_LARGE : AURELIS_E_INVALID,
                "JSON text " + describe(problem));
}

bool is_empty_params(std::string_view text) noexcept {
    if (text.empty()) return true;
    JsonCursor in{text.data(), text.data(), text.data() + text.size(), {}};
    in.skip_spaces();
    if (!in.next_is('{')) return false;
    ++in.at;
    in.skip_spaces();
    if (!in.next_is('}')) return false;
    ++in.at;
    in.skip_spaces();
    return in.done();
}

}  // namespace aurelis::core
