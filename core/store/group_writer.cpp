// SPDX-License-Identifier: Apache-2.0
// The queue and the thread; group_commit.cpp has what becomes of a group.
#include "store/group_writer.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace postbell::store {

namespace {

constexpr std::size_t kMaxGroup = 1024;
// What was seen is on a page of its own for nearly each registration, so that a few dozen rows take
// longer than an event. They go with large groups, in which they hardly count, and otherwise with
// settlements or alone, where an event waits for them only if it comes in that moment.
constexpr std::size_t kLargeGroup = 16;
constexpr std::size_t kSeenBesideLarge = 64, kSeenBesideNobody = 32;
constexpr std::int64_t kSeenDelayMs = 1000;
constexpr std::chrono::milliseconds kSeenPause{10};
constexpr std::chrono::milliseconds kSeenOverdue{
    50};  // small groups may follow one another closely
constexpr std::int64_t kFirstRetryMs = 100, kLastRetryMs = 5000;
// How long settlements wait for events to be committed with. A crash repeats the pushes that were
// answered in that time.
constexpr std::chrono::milliseconds kSettleDelay{20};
constexpr std::size_t kManySettlements = 256;

// Some 16 MB, which are flushed to the disk in one go. Here and not within a commit, since then
// somebody would wait for it.
constexpr int kLongLogPages = 4096;
constexpr int kTidyAgainAfterPages = 512;
// Reads take microseconds, but a thread may lose the processor in one.
constexpr std::chrono::milliseconds kReadsLast{20};

std::size_t sizeOf(const Batch& batch) {
    return std::max<std::size_t>(
        1, batch.events.size() + batch.changes.size() + batch.mailbox_changes.size());
}

}  // namespace

GroupWriter::GroupWriter(std::filesystem::path file, Connection connection, ReaderPool& readers,
                         const util::Clock& clock, log::Log& log)
    : file_(std::move(file)),
      connection_(std::move(connection)),
      readers_(readers),
      pending_(connection_, clock.wallMs() * 1000),
      clock_(clock),
      log_(log),
      tidy_at_pages_(kLongLogPages),
      thread_([this] { work(); }) {
    pthread_setname_np(thread_.native_handle(), "writer");
}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock(queue_mutex_);
        stopping_ = true;
    }
    queue_changed_.notify_one();
    thread_.join();
    // The connection that is closed last tidies the write-ahead log up, and must be one that
    // writes.
    readers_.close();
}

void GroupWriter::setSink(PendingSink* sink) {
    const std::lock_guard lock(sink_mutex_);
    sink_ = sink;
}

void GroupWriter::setSeenSink(Store::SeenSink sink) {
    const std::lock_guard lock(sink_mutex_);
    seen_sink_ = std::move(sink);
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
        const std::size_t before = settlements_.size();
        if (before == 0) settle_at_ = std::chrono::steady_clock::now() + kSettleDelay;
        settlements_.insert(settlements_.end(), settlements.begin(), settlements.end());
        const bool many = before < kManySettlements && settlements_.size() >= kManySettlements;
        if (before > 0 && !many) return;  // the writer knows when to wake up
    }
    queue_changed_.notify_one();
}

void GroupWriter::see(std::vector<SeenBuffer::Row> rows) {
    {
        const std::lock_guard lock(queue_mutex_);
        if (seen_.empty())
            seen_at_ = std::chrono::steady_clock::now() + clock_.realTime(kSeenDelayMs);
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
    blocking.finish.wait(lock, [&] { return blocking.finished; });
    if (blocking.failure.thrown) std::rethrow_exception(blocking.failure.thrown);
    if (blocking.failure) throw StoreError(blocking.failure.reason);
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
        if (connection_.logPages() >= tidy_at_pages_) tidyLog();
        lock.lock();
    }
}

void GroupWriter::tidyLog() {
    readers_.renewSnapshots(kReadsLast);
    const bool done = connection_.writeLogBack();
    // Who took a snapshot since then has it from the log, which begins anew only with nobody there.
    readers_.renewSnapshots(kReadsLast);
    tidy_at_pages_ = done ? kLongLogPages : connection_.logPages() + kTidyAgainAfterPages;
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
        if (!kept_.empty() && (!backing_off_ || urgent_)) return true;
        Clock::time_point until = Clock::time_point::max();
        if (kept && backing_off_) until = std::min(until, retry_at_);
        if (!settlements_.empty() && !backing_off_) {
            if (settlements_.size() >= kManySettlements) return true;
            until = std::min(until, settle_at_);
        }
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
    const auto now = std::chrono::steady_clock::now();
    if (drain)
        group.seen = seen_.take(SIZE_MAX);
    else if (group.members.size() >= kLargeGroup)
        group.seen = seen_.take(std::min(room, kSeenBesideLarge));
    else if (group.members.empty() || now >= seen_at_ + kSeenOverdue)
        group.seen = seen_.take(std::min(room, kSeenBesideNobody));
    if (!group.seen.empty()) seen_at_ = now + kSeenPause;
    return group;
}

void GroupWriter::backOff() {
    retry_delay_ms_ =
        backing_off_ ? std::clamp(retry_delay_ms_ * 2, kFirstRetryMs, kLastRetryMs) : 0;
    retry_at_ = std::chrono::steady_clock::now() + clock_.realTime(retry_delay_ms_);
}

}  // namespace postbell::store
