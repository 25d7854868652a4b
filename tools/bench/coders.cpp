// Stages made by the core, and chains.
#include "coders.hpp"

#include "config/option_check.hpp"
#include "plugin/serializer_handle.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>

namespace aurelis::bench {

namespace {

class Stage final : public Coder {
public:
    explicit Stage(std::unique_ptr<core::SerializerHandle> handle) : handle_(std::move(handle)) {}

    size_t bound(size_t source_bytes) const override { return marks() ? source_bytes : handle_->bound(source_bytes); }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        size_t written = 0;
        const aurelis_status status = handle_->encode(&context_.call, nullptr, bytes(source), marks() ? nullptr : room,
                                                      marks() ? 0 : room_bytes, written);
        return status == AURELIS_OK ? written : 0;
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        size_t written = 0;
        const aurelis_status status =
            handle_->decode(&context_.call, nullptr, bytes(source), room, room_bytes, written);
        return status == AURELIS_OK ? written : 0;
    }
    bool marks() const noexcept override { return handle_->marks(); }

private:
    const std::unique_ptr<core::SerializerHandle> handle_;
    core::CallContext context_;
};

// Only the first may be a mark, but not the last.
class Chain final : public Coder {
public:
    explicit Chain(std::vector<std::unique_ptr<Coder>> coders) : coders_(std::move(coders)), sizes_(coders_.size()) {}

    size_t bound(size_t source_bytes) const override {
        size_t most = source_bytes;
        for (const auto& coder : coders_) most = std::max(most, coder->bound(most));
        return most;
    }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        for (size_t i = 0; i < coders_.size(); ++i) {
            sizes_[i] = std::max(sizes_[i], source.size());
            if (coders_[i]->marks()) {
                if (coders_[i]->encode(source, nullptr, 0) == 0) return 0;
                continue;
            }
            const bool last = i + 1 == coders_.size();
            char* const to = last ? room : scratch(i, coders_[i]->bound(source.size()));
            const size_t written = coders_[i]->encode(source, to, last ? room_bytes : rooms_[i].size());
            if (written == 0) return 0;
            source = {to, written};
        }
        return source.size();
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        const size_t first = coders_.front()->marks() ? 1 : 0;
        for (size_t i = coders_.size(); i-- > first;) {
            char* const to = i == first ? room : scratch(i, sizes_[i]);
            const size_t written = coders_[i]->decode(source, to, i == first ? room_bytes : sizes_[i]);
            if (written == 0) return 0;
            source = {to, written};
        }
        return source.size();
    }

private:
    char* scratch(size_t i, size_t size) {
        if (rooms_.size() <= i) rooms_.resize(i + 1);
        if (rooms_[i].size() < size) rooms_[i].resize(size);
        return rooms_[i].data();
    }

    std::vector<std::unique_ptr<Coder>> coders_;
    std::vector<size_t> sizes_;  // The largest before each. The core's frame remembers them exactly.
    std::vector<std::string> rooms_;
};

}  // namespace

Result<std::unique_ptr<Coder>> StageMaker::make(const StageName& name) {
    AURELIS_TRY(found, registry_.find(AURELIS_KIND_SERIALIZER, name.type));
    core::Node given;
    given.kind = core::Node::Kind::Map;
    if (name.level != 0) {
        core::Node level;
        level.kind = core::Node::Kind::Scalar;
        level.text = std::to_string(name.level);
        given.members.emplace_back("level", level);
    }
    core::Problems problems("bench");
    const core::Node checked =
        core::check_options(found.component->options, found.component->option_count, given, {}, problems);
    if (!problems.empty()) return fail(AURELIS_E_CONFIG, problems.text());
    AURELIS_TRY(handle, core::SerializerHandle::make(runtime_, found, found.component->type_name, checked));
    return std::unique_ptr<Coder>(std::make_unique<Stage>(std::move(handle)));
}

std::unique_ptr<Coder> chain_of(std::vector<std::unique_ptr<Coder>> coders) {
    if (coders.size() == 1) return std::move(coders.front());
    return std::make_unique<Chain>(std::move(coders));
}

}  // namespace aurelis::bench
