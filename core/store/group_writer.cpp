// SPDX-License-Identifier: Apache-2.0
#include "store/group_writer.h"

#include <algorithm>
#include <type_traits>

#include "store/sqlite_errors.h"

namespace postbell::store {

namespace {

constexpr std::size_t kMaxGroup = 1024;
constexpr std::size_t kSeenBesideEvents = 64;  // rows that a group carries in passing
constexpr std::size_t kSeenAlone =
    256;  // a commit of a few milliseconds, which an event may have to wait for
constexpr std::int64_t kSeenDelayMs = 1000;
constexpr std::int64_t kFirstRetryMs = 100, kLastRetryMs = 5000;

void write(Connection& connection, const SubscriptionChange& change) {
    switch (change.kind) {
        case SubscriptionChange::Kind::Ended:
            Query(connection,
                  "UPDATE registration SET ended_at = ?2 WHERE id = ?1 AND ended_at = 0",
                  change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::RenewAsked:
            Query(
                connection,
                "UPDATE registration SET renew_asked_at = ?2 WHERE id = ?1 AND renew_asked_at = 0",
                change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::HeardAgain:
            Query(connection,
                  "UPDATE registration SET ended_at = 0 WHERE id = ?1 AND ended_at <> 0",
                  change.registration)
                .run();
            return;
    }
}

std::size_t sizeOf(const Batch& batch) {
    return std::max<std::size_t>(1, batch.events.size() + batch.changes.size());
}

}  // namespace

std::size_t GroupWriter::Group::operations() const {
    return members.size() + settlements.size() + kept.size();
}

GroupWriter::GroupWriter(std::filesystem::path file, Connection connection, util::Clock& clock,
                         log::Log& log)
    : file_(std::move(file)),
      connection_(std::move(connection)),
      pending_(connection_, clock.wallMs() * 1000),
      clock_(clock),
      log_(log),
      thread_([this] { work(); }) {}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock(queue_mutex_);
        stopping_ = true;
    }
    queue_changed_.notify_one();
    thread_.join();
}

void GroupWriter::setSink(PendingSink* sink) {
    const std::lock_guard lock(queue_mutex_);
    sink_ = sink;
}

void GroupWriter::stage(Batch batch) {
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.emplace_back(std::move(batch));
    }
    queue_changed_.notify_one();
}

void GroupWriter::settle(std::vector<Settlement> settlements) {
    {
        const std::lock_guard lock(queue_mutex_);
        settlements_.insert(settlements_.end(), settlements.begin(), settlements.end());
        urgent_ = true;
    }
    queue_changed_.notify_one();
}

void GroupWriter::see(std::vector<SeenBuffer::Row> rows) {
    {
        const std::lock_guard lock(queue_mutex_);
        if (seen_.empty()) {
            seen_at_ = std::chrono::steady_clock::now() + clock_.realTime(kSeenDelayMs);
        }
        for (SeenBuffer::Row& row : rows) seen_.add(std::move(row));
    }
    queue_changed_.notify_one();
}

void GroupWriter::keep(const std::string& key, Write write) {
    {
        const std::lock_guard lock(queue_mutex_);
        kept_[key] = std::move(write);
        urgent_ = true;
    }
    queue_changed_.notify_one();
}

void GroupWriter::run(Write write) {
    Blocking blocking;
    blocking.write = std::move(write);
    wait(blocking);
}

void GroupWriter::flush() {
    Blocking blocking;
    blocking.write = [](WriteContext&) {};
    blocking.drain = true;
    try {
        wait(blocking);
    } catch (const StoreError&) {
        // What was queued has failed, and whoever queued it was told.
    }
}

void GroupWriter::wait(Blocking& blocking) {
    std::unique_lock lock(queue_mutex_);
    queue_.emplace_back(&blocking);
    queue_changed_.notify_one();
    blocking_finished_.wait(lock, [&] { return blocking.finished; });
    if (blocking.error) std::rethrow_exception(blocking.error);
}

std::string GroupWriter::trouble() const {
    const std::lock_guard lock(queue_mutex_);
    return trouble_;
}

StoreStats GroupWriter::stats() const {
    const std::lock_guard lock(queue_mutex_);
    StoreStats stats = stats_;
    stats.queued = queue_.size() + settlements_.size() + kept_.size();
    return stats;
}

void GroupWriter::work() {
    std::unique_lock lock(queue_mutex_);
    while (waitForWork(lock)) {
        Group group = takeGroup();
        lock.unlock();
        commit(group);
        group = Group();
        lock.lock();
    }
}

bool GroupWriter::waitForWork(std::unique_lock<std::mutex>& lock) {
    using Clock = std::chrono::steady_clock;
    while (true) {
        const bool kept = !settlements_.empty() || !kept_.empty();
        if (!queue_.empty()) return true;
        if (stopping_) {
            // What fails now is lost with the process.
            return (kept || !seen_.empty()) && !std::exchange(last_try_, true);
        }
        if (kept && (!backing_off_ || urgent_)) return true;
        Clock::time_point until = Clock::time_point::max();
        if (kept) until = std::min(until, retry_at_);
        if (!seen_.empty())
            until = std::min(until, backing_off_ ? std::max(seen_at_, retry_at_) : seen_at_);
        if (until <= Clock::now()) return true;
        if (until == Clock::time_point::max()) {
            queue_changed_.wait(lock);
        } else {
            queue_changed_.wait_until(lock, until);
        }
    }
}

GroupWriter::Group GroupWriter::takeGroup() {
    Group group;
    urgent_ = false;
    std::size_t size = 0;
    bool drain = stopping_;
    while (!queue_.empty() && size < kMaxGroup) {
        Member& member = queue_.front();
        if (const Batch* batch = std::get_if<Batch>(&member)) {
            size += sizeOf(*batch);
        } else {
            drain = drain || std::get<Blocking*>(member)->drain;
            ++size;
        }
        group.members.push_back(std::move(member));
        queue_.pop_front();
    }
    const std::size_t settlements =
        drain ? settlements_.size() : std::min(kMaxGroup, settlements_.size());
    const auto end = settlements_.begin() + static_cast<std::ptrdiff_t>(settlements);
    group.settlements.assign(settlements_.begin(), end);
    settlements_.erase(settlements_.begin(), end);
    group.kept.swap(kept_);
    size += settlements;
    const std::size_t room = size < kMaxGroup ? kMaxGroup - size : 0;
    const std::size_t seen = drain  ? SIZE_MAX
                             : size ? std::min(room, kSeenBesideEvents)
                                    : kSeenAlone;
    group.seen = seen_.take(seen);
    return group;
}

void GroupWriter::commit(Group& group) {
    group.failures.assign(group.members.size(), nullptr);
    try {
        if (!attempt(group, Mode::Together)) attempt(group, Mode::Apart);
    } catch (const SQLite::Exception& error) {
        rollBack();
        return fail(group, storeError(file_, error).what());
    } catch (const std::exception& error) {
        rollBack();
        return fail(group, error.what());
    }
    succeed(group);
}

bool GroupWriter::attempt(Group& group, Mode mode) {
    Query(connection_, "BEGIN IMMEDIATE").run();
    try {
        runMembers(group, mode);
    } catch (const SQLite::Exception& error) {
        if (mode == Mode::Apart || concernsDatabase(error)) throw;
        rollBack();
        return false;
    } catch (const std::exception&) {
        if (mode == Mode::Apart) throw;
        rollBack();
        return false;
    }
    Query(connection_, "COMMIT").run();
    return true;
}

template <class WriteOne>
bool GroupWriter::runOne(Mode mode, const WriteOne& write_one, std::exception_ptr* failure) {
    if (mode == Mode::Together) {
        write_one();
        return true;
    }
    const PendingTable::Mark mark = pending_.mark();
    Query(connection_, "SAVEPOINT member").run();
    bool done = false;
    try {
        write_one();
        done = true;
    } catch (const SQLite::Exception& error) {
        if (concernsDatabase(error) || !connection_.inTransaction()) throw;
        if (failure) *failure = std::make_exception_ptr(storeError(file_, error));
    } catch (const std::exception&) {
        if (!connection_.inTransaction()) throw;
        if (failure) *failure = std::current_exception();
    }
    if (!done) {
        Query(connection_, "ROLLBACK TO member").run();
        pending_.rollBack(mark);
    }
    Query(connection_, "RELEASE member").run();
    return done;
}

void GroupWriter::runMembers(Group& group, Mode mode) {
    WriteContext context{connection_, pending_};
    std::erase_if(group.settlements, [&](const Settlement& settlement) {
        if (runOne(
                mode, [&] { pending_.settle(settlement); }, nullptr))
            return false;
        group.failed_settlements.push_back(settlement);
        return true;
    });
    for (auto& [key, write_kept] : group.kept) {
        if (!runOne(
                mode, [&] { write_kept(context); }, nullptr)) {
            log_.error("a write was given up, since the database refuses it", {{"what", key}});
        }
    }
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        runOne(
            mode, [&] { write(group.members[i]); }, &group.failures[i]);
    }
    for (const auto& [registration, seen] : group.seen) {
        runOne(
            mode, [&, id = registration, &row = seen] { writeSeen(connection_, id, row); },
            nullptr);
    }
}

void GroupWriter::write(const Member& member) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        if (batch->note) {
            Query(connection_, "UPDATE registration SET note = ?2 WHERE id = ?1",
                  batch->registration, *batch->note)
                .run();
            pending_.addCheck(batch->registration, clock_.wallMs());
        }
        for (const SubscriptionChange& change : batch->changes) store::write(connection_, change);
        for (const StagedEvent& event : batch->events) pending_.add(event);
    } else {
        WriteContext context{connection_, pending_};
        std::get<Blocking*>(member)->write(context);
    }
}

void GroupWriter::rollBack() noexcept {
    pending_.rollBack({});
    try {
        if (connection_.inTransaction()) connection_.execute("ROLLBACK");
    } catch (const SQLite::Exception& error) {
        log_.error("a transaction could not be rolled back", {{"reason", error.what()}});
    }
}

void GroupWriter::succeed(Group& group) {
    const std::vector<Pending> rows = pending_.committed();
    const std::vector<Settlement>& settled = group.settlements;
    bool recovered = false;
    PendingSink* sink = nullptr;
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.commits;
        stats_.operations += group.operations();
        recovered = !trouble_.empty();
        trouble_.clear();
        // Refused one by one, as by a damaged page: others do not wait for them.
        settlements_.insert(settlements_.begin(), group.failed_settlements.begin(),
                            group.failed_settlements.end());
        backing_off_ = !group.failed_settlements.empty();
        backOff();
        seen_at_ = std::chrono::steady_clock::now() + clock_.realTime(kSeenDelayMs);
        sink = sink_;
    }
    if (recovered) log_.info("the database can be written again");
    for (std::size_t i = 0; i < group.members.size(); ++i)
        finish(group.members[i], group.failures[i]);
    if (sink && !(rows.empty() && settled.empty())) sink->committed(rows, settled);
}

void GroupWriter::fail(Group& group, const std::string& reason) {
    bool first = false;
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.failed_commits;
        first = trouble_.empty();
        trouble_ = reason;
        settlements_.insert(settlements_.begin(), group.settlements.begin(),
                            group.settlements.end());
        settlements_.insert(settlements_.begin(), group.failed_settlements.begin(),
                            group.failed_settlements.end());
        kept_.merge(group.kept);  // leaves out what a newer one has replaced
        seen_.putBack(std::move(group.seen));
        backing_off_ = true;
        backOff();
    }
    if (first)
        log_.error("the database cannot be written; mail servers are asked to try again",
                   {{"reason", reason}});
    const std::exception_ptr failure = std::make_exception_ptr(StoreError(reason));
    for (const Member& member : group.members) finish(member, failure);
}

void GroupWriter::backOff() {
    retry_delay_ms_ =
        backing_off_ ? std::clamp(retry_delay_ms_ * 2, kFirstRetryMs, kLastRetryMs) : 0;
    retry_at_ = std::chrono::steady_clock::now() + clock_.realTime(retry_delay_ms_);
}

void GroupWriter::finish(const Member& member, std::exception_ptr failure) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        if (!batch->done) return;
        try {
            batch->done(failure == nullptr);
        } catch (const std::exception& error) {
            log_.error("an answer could not be given", {{"reason", error.what()}});
        }
        return;
    }
    Blocking* blocking = std::get<Blocking*>(member);
    {
        const std::lock_guard lock(queue_mutex_);
        blocking->error = failure;
        blocking->finished = true;
    }
    blocking_finished_.notify_all();
}

}  // namespace postbell::store
