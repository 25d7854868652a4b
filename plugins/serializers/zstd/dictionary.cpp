// Digesting.
#include "dictionary.hpp"

#include "dictionary_file.hpp"

#include <utility>

namespace aurelis::zstd {

Dictionary::Dictionary(std::string path, std::string bytes)
    : path_(std::move(path)),
      bytes_(std::move(bytes)),
      id_(ZSTD_getDictID_fromDict(bytes_.data(), bytes_.size())),
      reading_(ZSTD_createDDict(bytes_.data(), bytes_.size())) {}

Result<std::unique_ptr<Dictionary>> Dictionary::load(const std::string& path) {
    AURELIS_TRY(bytes, read_dictionary_file(path));
    std::unique_ptr<Dictionary> made(new Dictionary(path, std::move(bytes)));
    if (made->reading_ == nullptr)
        return fail(AURELIS_E_CONFIG, path + " is a damaged dictionary; make one with 'aurelis dictionary train'");
    return made;
}

Result<void> Dictionary::prepare_writing(int level) {
    if (writing_ != nullptr) return {};
    writing_.reset(ZSTD_createCDict(bytes_.data(), bytes_.size(), level));
    if (writing_ == nullptr)
        return fail(AURELIS_E_CONFIG, path_ + " cannot be used for writing; make one with 'aurelis dictionary train'");
    return {};
}

}  // namespace aurelis::zstd
