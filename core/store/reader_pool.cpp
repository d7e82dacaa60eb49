// SPDX-License-Identifier: Apache-2.0
#include "store/reader_pool.h"

#include <exception>
#include <utility>

namespace postbell::store {

namespace {

// Holds the inner pages of the trees at 1,000,000 registrations; the leaves are the operating
// system's business.
constexpr int kCacheKib = 16 * 1024;

}  // namespace

ReaderPool::ReaderPool(std::filesystem::path file) : file_(std::move(file)) {}

ReaderPool::Loan::Loan(ReaderPool& pool, Reads reads)
    : pool_(pool), exceptions_(std::uncaught_exceptions()), reader_(pool.take()) {
    // Before the snapshot is taken: one that is newer than it says is harmless.
    const std::uint64_t commits = pool_.commits_, changes = pool_.changes_;
    if (reader_->has_snapshot && reader_->changes == changes &&
        (reads == Reads::AllButPending || reader_->commits == commits))
        return;
    if (std::exchange(reader_->has_snapshot, false)) Query(reader_->connection, "COMMIT").run();
    Query(reader_->connection, "BEGIN").run();
    reader_->has_snapshot = true;
    reader_->commits = commits;
    reader_->changes = changes;
}

ReaderPool::Loan::~Loan() {
    if (std::uncaught_exceptions() == exceptions_) pool_.giveBack(std::move(reader_));
}

std::unique_ptr<ReaderPool::Reader> ReaderPool::take() {
    {
        const std::lock_guard lock(idle_mutex_);
        if (!idle_.empty()) {
            std::unique_ptr<Reader> reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
    }
    return std::make_unique<Reader>(file_, kCacheKib);
}

void ReaderPool::giveBack(std::unique_ptr<Reader> reader) {
    if (reader->changes != changes_ && !endSnapshot(*reader)) return;
    const std::lock_guard lock(idle_mutex_);
    idle_.push_back(std::move(reader));
}

void ReaderPool::close() {
    const std::lock_guard lock(idle_mutex_);
    idle_.clear();
}

void ReaderPool::committed(bool only_pending) {
    if (!only_pending) ++changes_;
    ++commits_;
}

void ReaderPool::renewSnapshots() {
    ++changes_;
    const std::lock_guard lock(idle_mutex_);
    std::erase_if(idle_, [](const auto& reader) { return !endSnapshot(*reader); });
}

bool ReaderPool::endSnapshot(Reader& reader) noexcept {
    try {
        if (std::exchange(reader.has_snapshot, false)) Query(reader.connection, "COMMIT").run();
        return true;
    } catch (const SQLite::Exception&) {
        return false;  // a reader's trouble is not the writer's
    }
}

}  // namespace postbell::store
