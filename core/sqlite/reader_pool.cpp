// SPDX-License-Identifier: Apache-2.0
#include "sqlite/reader_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

// Holds the inner pages of the trees at 1,000,000 registrations; the leaves are the operating
// system's business.
constexpr int kCacheKib = 16 * 1024;

}  // namespace

std::unique_ptr<ReadSession> ReaderPool::lend(Reads reads) {
    std::unique_ptr<Reader> reader;
    const Loan loan = begin(reader);
    try {
        if (!reader) reader = open();
        reader->loan = loan;
        reader->connection.showLife(loan.pulse);
        useNewestSnapshot(*reader, reads);
    } catch (...) {
        reader.reset();  // before its pulse goes to another
        end(loan, nullptr);
        throw;
    }
    return reader;
}

void ReaderPool::takeBack(std::unique_ptr<ReadSession> session, bool failed) noexcept {
    std::unique_ptr<Reader> reader(static_cast<Reader*>(session.release()));
    const Loan loan = reader->loan;
    reader->connection.showLife(nullptr);
    if (failed) reader.reset();
    end(loan, std::move(reader));
}

void ReaderPool::useNewestSnapshot(Reader& reader, Reads reads) {
    // Read before the snapshot is taken: a snapshot that is newer than its numbers is harmless.
    const std::uint64_t commits = commits_, data_version = data_version_;
    if (reader.has_snapshot && reader.data_version == data_version &&
        (reads == Reads::AllButPending || reader.commits == commits))
        return;
    if (std::exchange(reader.has_snapshot, false)) Query(reader.connection, "COMMIT").run();
    Query(reader.connection, "BEGIN").run();
    reader.has_snapshot = true;
    reader.commits = commits;
    reader.data_version = data_version;
}

std::unique_ptr<ReaderPool::Reader> ReaderPool::open() const {
    file_.requireThere();  // else readers of two databases would be in the pool
    return std::make_unique<Reader>(file_.path(), kCacheKib);
}

ReaderPool::Loan ReaderPool::begin(std::unique_ptr<Reader>& reader) {
    const std::lock_guard lock(pool_mutex_);
    // A place for each reader: to give one back needs no memory.
    const std::size_t readers = idle_.size() + on_loan_.size() + 1;
    idle_.reserve(readers);
    idle_pulses_.reserve(readers);
    on_loan_.reserve(on_loan_.size() + 1);
    if (idle_pulses_.empty()) idle_pulses_.push_back(&pulses_.add("reader"));
    const Loan loan{++loans_begun_, idle_pulses_.back()};
    idle_pulses_.pop_back();
    loan.pulse->beat();
    on_loan_.push_back(loan);
    if (!idle_.empty()) {
        reader = std::move(idle_.back());
        idle_.pop_back();
    }
    return loan;
}

void ReaderPool::end(const Loan& loan, std::unique_ptr<Reader> reader) noexcept {
    const auto letGoOfOld = [&] {
        if (reader && reader->data_version != data_version_ && !endSnapshot(*reader))
            reader.reset();
    };
    letGoOfOld();
    const std::lock_guard lock(pool_mutex_);
    // renewSnapshots() may have come in between, and has no more to do with idle ones.
    letGoOfOld();
    std::erase_if(on_loan_, [&](const Loan& other) { return other.number == loan.number; });
    loan.pulse->waiting();
    idle_pulses_.push_back(loan.pulse);
    if (reader) idle_.push_back(std::move(reader));
    if (writer_waits_) loan_ended_.notify_one();
}

std::optional<util::RealTime> ReaderPool::silentSince() const {
    std::optional<util::RealTime> oldest;
    for (const util::Heartbeat::Pulse& pulse : pulses_.read())
        if (pulse.working_since && (!oldest || *pulse.working_since < *oldest))
            oldest = pulse.working_since;
    return oldest;
}

void ReaderPool::committed(Changed changed) {
    if (changed == Changed::Anything) ++data_version_;
    ++commits_;
}

void ReaderPool::renewSnapshots(util::Milliseconds patience) {
    ++data_version_;
    std::unique_lock lock(pool_mutex_);
    std::erase_if(idle_, [](const auto& reader) { return !endSnapshot(*reader); });
    const std::uint64_t last = loans_begun_;
    writer_waits_ = true;
    loan_ended_.wait_for(lock, patience, [&] {
        return std::none_of(on_loan_.begin(), on_loan_.end(),
                            [last](const Loan& loan) { return loan.number <= last; });
    });
    writer_waits_ = false;
}

bool ReaderPool::endSnapshot(Reader& reader) noexcept {
    try {
        if (std::exchange(reader.has_snapshot, false)) Query(reader.connection, "COMMIT").run();
        return true;
    } catch (const std::exception&) {
        return false;  // a reader's trouble is not the writer's
    }
}

}  // namespace postbell::sqlite
