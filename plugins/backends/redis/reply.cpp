// ReplyBuilder: hiredis' reader with object makers of our own. A maker that returns NULL ends the parsing with an
// error, which is how the bounds are enforced. hiredis 0.14 counts elements as int, 1.x as size_t; the makers take
// both.
#include "reply.hpp"

#include <hiredis/read.h>

#include <new>

namespace aurelis::redis {

struct ReplyMakers {
    static ReplyBuilder& builder(const redisReadTask* task) noexcept {
        return *static_cast<ReplyBuilder*>(task->privdata);
    }
    static Reply* place(const redisReadTask* task) noexcept {
        const redisReadTask* parent = task->parent;
        return builder(task).place(parent != nullptr ? parent->obj : nullptr, static_cast<int>(task->idx));
    }

    static void* make_text(const redisReadTask* task, char* bytes, size_t size) noexcept {
        Reply* made = place(task);
        if (made == nullptr) return nullptr;
        switch (task->type) {
            case REDIS_REPLY_STRING: made->kind = Reply::Kind::Bulk; break;
            case REDIS_REPLY_STATUS: made->kind = Reply::Kind::Status; break;
            case REDIS_REPLY_ERROR: made->kind = Reply::Kind::Error; break;
            default: return nullptr;
        }
        try {
            made->text.assign(bytes, size);
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
        return made;
    }

    template <typename Count>
    static void* make_array(const redisReadTask* task, Count count) noexcept {
        ReplyBuilder& of = builder(task);
        const auto wanted = static_cast<size_t>(count);
        if (task->type != REDIS_REPLY_ARRAY || wanted > of.limits_.elements - of.elements_) return nullptr;
        Reply* made = place(task);
        if (made == nullptr) return nullptr;
        of.elements_ += wanted;
        made->kind = Reply::Kind::Array;
        try {
            made->items.resize(wanted);
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
        return made;
    }

    static void* make_integer(const redisReadTask* task, long long value) noexcept {
        Reply* made = place(task);
        if (made == nullptr) return nullptr;
        made->kind = Reply::Kind::Integer;
        made->number = value;
        return made;
    }

    static void* make_nil(const redisReadTask* task) noexcept { return place(task); }
    static void forget(void*) noexcept {}

    template <typename Count>
    static void set_array(void* (*&slot)(const redisReadTask*, Count)) noexcept {
        slot = &make_array<Count>;
    }
    static redisReplyObjectFunctions* table() noexcept {
        static redisReplyObjectFunctions made = [] {
            redisReplyObjectFunctions functions{};
            functions.createString = &make_text;
            set_array(functions.createArray);
            functions.createInteger = &make_integer;
            functions.createNil = &make_nil;
            functions.freeObject = &forget;
            return functions;
        }();
        return &made;
    }
};

ReplyBuilder::ReplyBuilder(const ReplyLimits& limits)
    : limits_(limits), reader_(redisReaderCreateWithFunctions(ReplyMakers::table())) {
    if (reader_ == nullptr) throw std::bad_alloc();
    reader_->privdata = this;
}

ReplyBuilder::~ReplyBuilder() { redisReaderFree(reader_); }

Reply* ReplyBuilder::place(const void* parent, int index) noexcept {
    if (parent == nullptr) return &root_;
    auto* array = static_cast<Reply*>(const_cast<void*>(parent));
    const auto at = static_cast<size_t>(index);
    return at < array->items.size() ? &array->items[at] : nullptr;
}

Result<size_t> ReplyBuilder::feed(std::string_view bytes) {
    fed_ += bytes.size();
    if (fed_ > limits_.bytes) return fail(AURELIS_E_UNAVAILABLE, "the server's answer is too large");
    void* made = nullptr;
    if (redisReaderFeed(reader_, bytes.data(), bytes.size()) != 0 || redisReaderGetReply(reader_, &made) != 0)
        return fail(AURELIS_E_UNAVAILABLE,
                    "the server's answer is not valid Redis protocol, or does not fit the request");
    whole_ = made != nullptr;
    return whole_ ? bytes.size() - (reader_->len - reader_->pos) : bytes.size();
}

}  // namespace aurelis::redis
