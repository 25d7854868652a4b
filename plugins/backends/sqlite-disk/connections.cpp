// Connections: lending the writer and the readers, each to one thread at a time.
#include "connections.hpp"

#include "schema.hpp"

#include <chrono>

namespace aurelis::sqlite_disk {

bool Gate::enter(int64_t at_most_ns) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, std::chrono::nanoseconds(at_most_ns), [&] { return !taken_; })) return false;
    taken_ = true;
    return true;
}

void Gate::leave() noexcept {
    {
        std::scoped_lock lock(mutex_);
        taken_ = false;
    }
    freed_.notify_one();
}

bool Connections::indices_are_new() const noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() < new_until_ns_;
}

Result<void> Connections::take_stock(Recency& recency) {
    AURELIS_TRY(tick, writer_->number(Query::LastTick));
    recency.go_on_from(tick);
    AURELIS_TRY(version, writer_->number(Query::DataVersion));
    AURELIS_TRY(entries, writer_->number(Query::CountEntries));
    AURELIS_TRY(pages, writer_->number(Query::PageCount));
    AURELIS_TRY(free, writer_->number(Query::FreePages));
    figures_.data_version = version;
    figures_.entries = entries;
    figures_.used_pages = pages - free;
    figures_.free_pages = free;
    return {};
}

Result<std::unique_ptr<Database>> Connections::borrow(const Patience& patience) {
    {
        std::unique_lock lock(mutex_);
        const auto available = [&] { return !idle_.empty() || open_ < settings_.readers; };
        if (!available() &&
            !returned_.wait_for(lock, std::chrono::nanoseconds(patience.left_ns()), available))
            return fail(AURELIS_E_TIMEOUT, writer_->path() + ": all " + std::to_string(settings_.readers) +
                                               " readers were busy; raise 'readers' or allow more time");
        if (!idle_.empty()) {
            std::unique_ptr<Database> reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
        ++open_;
    }
    auto opened = Database::open(writer_->path(), patience);
    if (opened) {
        const auto tuned = tune(**opened, settings_);
        if (!tuned)
            opened = tuned.error();
        else if (identity_of(writer_->path()) != identity_)
            opened = fail(AURELIS_E_CORRUPT, writer_->path() + ": it was replaced and is being reopened");
    }
    if (!opened) give_back(nullptr);
    return opened;
}

void Connections::give_back(std::unique_ptr<Database> reader) noexcept {
    {
        std::scoped_lock lock(mutex_);
        if (reader != nullptr)
            idle_.push_back(std::move(reader));
        else
            --open_;
    }
    returned_.notify_one();
}

Result<ReadTurn> ReadTurn::take(const std::shared_ptr<Connections>& connections, const Patience& patience) {
    AURELIS_TRY(reader, connections->borrow(patience));
    reader->set_patience(patience);
    return ReadTurn(connections, std::move(reader));
}

ReadTurn::~ReadTurn() {
    if (connections_ != nullptr) connections_->give_back(std::move(reader_));
}

Result<WriteTurn> WriteTurn::take(const std::shared_ptr<Connections>& connections, const Patience& patience) {
    if (!connections->gate_.enter(patience.left_ns()))
        return fail(AURELIS_E_TIMEOUT,
                    connections->writer_->path() +
                        ": other threads are writing; allow more time or raise 'busy_timeout'");
    connections->writer_->set_patience(patience);
    return WriteTurn(connections);
}

WriteTurn::~WriteTurn() {
    if (connections_ == nullptr) return;
    connections_->wal_.settle(*connections_->writer_);
    connections_->gate_.leave();
}

}  // namespace aurelis::sqlite_disk
