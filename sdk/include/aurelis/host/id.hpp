// Id: how a caller names one entry of a category. It owns its text, so nothing that it was built from has to outlive
// it; short names are kept in place, without an allocation. NameView: the same, as a computation or an origin gets it.
// Leaves to others: making the key (the library), the category (category.hpp).
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis {

// One text, or several parts that stay separate fields of the key; and params, JSON text of an object. The library
// refuses an invalid name (no parts, too many, empty ones) when it is used.
class Id {
public:
    static constexpr size_t kPartsMax = 16;

    Id(std::string_view text) : Id(std::span(&text, 1)) {}
    Id(const char* text) : Id(std::string_view(text)) {}
    Id(const std::string& text) : Id(std::string_view(text)) {}
    Id(std::initializer_list<std::string_view> parts) : Id(std::span(parts.begin(), parts.size())) {}
    explicit Id(std::span<const std::string_view> parts) {
        for (const std::string_view part : parts) {
            if (count_ < kPartsMax) {
                append(part);
                ends_[count_] = size_;
            }
            ++count_;  // If there are too many, only their number is kept: the name is refused, not truncated.
        }
    }
    // Copies only: an Id that was moved from would be a name without text.
    Id(const Id&) = default;
    Id& operator=(const Id&) = default;

    // The same identifier with these params.
    Id with(std::string_view params_json) const {
        Id copy = *this;
        copy.cut(copy.parts_end());
        copy.append(params_json);
        return copy;
    }

    size_t part_count() const noexcept { return count_; }  // As given; at most kPartsMax of them can be read.
    std::string_view part(size_t i) const noexcept {
        const size_t begin = i == 0 ? 0 : ends_[i - 1];
        return text().substr(begin, ends_[i] - begin);
    }
    std::string_view params() const noexcept { return text().substr(parts_end()); }

private:
    static constexpr size_t kInPlace = 96;

    std::string_view text() const noexcept { return long_.empty() ? std::string_view(short_.data(), size_) : long_; }
    size_t parts_end() const noexcept { return count_ == 0 ? 0 : ends_[std::min(count_, kPartsMax) - 1]; }
    void append(std::string_view more) {
        if (long_.empty() && size_ + more.size() <= kInPlace) {
            std::copy(more.begin(), more.end(), short_.begin() + static_cast<std::ptrdiff_t>(size_));
        } else {
            if (long_.empty()) long_.assign(short_.data(), size_);
            long_.append(more);
        }
        size_ += more.size();
    }
    void cut(size_t size) {
        if (!long_.empty()) long_.resize(size);
        size_ = size;
    }

    size_t count_ = 0;
    size_t size_ = 0;
    std::array<size_t, kPartsMax> ends_{};  // Where each part ends in the text; after the last one come the params.
    std::array<char, kInPlace> short_{};
    std::string long_;  // Instead of short_, unless it is empty.
};

// Valid during the call that it is passed to.
class NameView {
public:
    explicit NameView(const aurelis_name& name) noexcept : name_(&name) {}
    size_t part_count() const noexcept { return name_->part_count; }
    std::string_view part(size_t i) const noexcept { return view(name_->parts[i]); }
    std::string_view params() const noexcept { return view(name_->params); }
    std::string_view full_key() const noexcept { return view(name_->key); }  // Empty unless the caller gave a full key.
    // For comparison with Category::raw().
    const aurelis_category* category() const noexcept { return name_->category; }

private:
    const aurelis_name* name_;
};

namespace detail {

// Writes a name that points into id and parts; parts has room for Id::kPartsMax. Without a category the identifier is
// a full key.
inline aurelis_name name_of(const aurelis_category* category, const Id& id, aurelis_bytes* parts) noexcept {
    aurelis_name name{};
    name.category = category;
    name.params = bytes(id.params());
    if (category == nullptr && id.part_count() != 0) name.key = bytes(id.part(0));
    if (category == nullptr && id.part_count() <= 1) return name;
    for (size_t i = 0; i < std::min(id.part_count(), Id::kPartsMax); ++i) parts[i] = bytes(id.part(i));
    name.parts = parts;
    name.part_count = id.part_count();
    return name;
}

class Name {
public:
    Name(const aurelis_category* category, const Id& id) noexcept : name_(name_of(category, id, parts_)) {}
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;
    const aurelis_name* get() const noexcept { return &name_; }

private:
    aurelis_bytes parts_[Id::kPartsMax];  // As many as the name has; the others are never read.
    aurelis_name name_;
};

class Names {
public:
    Names(const aurelis_category* category, std::span<const Id> ids) : parts_(ids.size()) {
        names_.reserve(ids.size());
        for (size_t i = 0; i < ids.size(); ++i) names_.push_back(name_of(category, ids[i], parts_[i].data()));
    }
    const aurelis_name* get() const noexcept { return names_.data(); }
    size_t size() const noexcept { return names_.size(); }

private:
    std::vector<std::array<aurelis_bytes, Id::kPartsMax>> parts_;
    std::vector<aurelis_name> names_;
};

}  // namespace detail
}  // namespace aurelis
