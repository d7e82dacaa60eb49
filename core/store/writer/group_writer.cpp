// SPDX-License-Identifier: Apache-2.0
#include "store/writer/group_writer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "store/records/store_error.h"
#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::store {

namespace {

constexpr util::Milliseconds kSeenDelay{1000};
constexpr util::Milliseconds kFaultPause{100};

Failure failureOf(const std::string& trouble) noexcept {
    Failure failure;
    if (!util::succeeds([&] { failure.reason = trouble; })) failure.reason = util::kNoMemory;
    return failure;
}

}  // namespace

GroupWriter::GroupWriter(WriteSession& session, SeenLedger& seen, const util::Clock& clock,
                         log::Log& log, util::Heartbeats* heartbeats)
    : session_(session),
      seen_(seen),
      log_(log),
      heartbeat_(heartbeats != nullptr ? heartbeats->add("writer") : unread_),
      committer_(session, clock, log),
      queue_(seen, clock.realTime(kSeenDelay)),
      trouble_lines_(log) {
    seen_.onFirst([this] {
        const std::lock_guard lock(queue_mutex_);
        queue_.seenCame(util::realNow());
        queue_changed_.notify_one();
    });
    thread_ = util::startThread("writer", [this] { work(); });
}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.stop();
    }
    queue_changed_.notify_one();
    thread_.join();
}

void GroupWriter::setSink(PendingSink* sink) {
    const std::lock_guard lock(sink_mutex_);
    sink_ = sink;
}

void GroupWriter::stage(Batch batch) {
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.add(std::move(batch));
    }
    queue_changed_.notify_one();
}

void GroupWriter::settle(const std::vector<Settlement>& settlements) {
    {
        const std::lock_guard lock(queue_mutex_);
        const util::RealTime before = queue_.due();
        queue_.settle(settlements, util::realNow());
        if (queue_.due() >= before) return;  // the writer knows when to wake up
    }
    queue_changed_.notify_one();
}

void GroupWriter::keep(const std::string& key, Write write, std::function<void()> durable) {
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.keep(key, std::move(write), std::move(durable));
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
    blocking.write = [](PendingTable&) {};
    blocking.flush = true;
    try {
        wait(blocking);
    } catch (const StoreError&) {
        // The writes that were queued have failed, and their senders know.
    }
}

void GroupWriter::wait(Blocking& blocking) {
    std::unique_lock lock(queue_mutex_);
    queue_.add(&blocking);
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
    stats.queued = queue_.size();
    return stats;
}

void GroupWriter::work() {
    std::unique_lock lock(queue_mutex_);
    while (waitForWork(lock)) {
        Group group;
        const bool taken = util::succeeds([&] { queue_.take(group, util::realNow()); });
        lock.unlock();
        heartbeat_.beat("commit");
        if (!group.isEmpty()) commit(group);
        group = Group();
        const bool tidied = util::succeeds([this] { session_.tidy(); });
        if (!taken || !tidied) std::this_thread::sleep_for(kFaultPause);
        lock.lock();
    }
}

bool GroupWriter::waitForWork(std::unique_lock<std::mutex>& lock) {
    heartbeat_.waiting();
    while (true) {
        const util::RealTime now = util::realNow();
        util::succeeds([&] { trouble_lines_.look(now); });
        const util::RealTime due = queue_.due();
        if (due == util::RealTime::max() && queue_.stopping()) return false;
        if (due <= now) return true;
        const util::RealTime wake = std::min(due, trouble_lines_.due());
        if (wake == util::RealTime::max())
            queue_changed_.wait(lock);
        else
            queue_changed_.wait_until(lock, wake);
    }
}

void GroupWriter::commit(Group& group) {
    Committer::Result result;
    if (!util::succeeds([&] { result = committer_.commit(group); }))
        result.trouble = util::kNoMemory;
    if (result.trouble.empty())
        succeed(group, result);
    else
        fail(group, std::move(result.trouble));
}

void GroupWriter::succeed(Group& group, Committer::Result& result) {
    const std::vector<Settlement>& settled = group.settlements;
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.commits;
        stats_.operations += group.operations();
        stats_.events_without_effect += result.events_without_effect;
        stats_.sizes.add(static_cast<double>(group.operations()));
        stats_.seconds.add(std::chrono::duration<double>(result.took).count());
        // A full disk takes a transaction that changes nothing.
        if (result.wrote) trouble_.clear();
        queue_.succeeded();
    }
    if (result.wrote) trouble_lines_.succeeded();
    if (!group.seen.empty()) util::insist([this] { seen_.written(util::realNow()); });
    for (const auto& [key, kept] : group.kept)
        if (kept.durable) util::insist(kept.durable);
    for (std::size_t i = 0; i < group.members.size(); ++i)
        finish(group.members[i], std::move(group.failures[i]));
    const std::lock_guard lock(sink_mutex_);
    if (!sink_ || (result.rows.empty() && settled.empty())) return;
    // An event that was acknowledged is pushed, and only here does the sink learn of it.
    util::insist([&] { sink_->committed(result.rows, settled); });
}

void GroupWriter::fail(Group& group, std::string trouble) {
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.failed_commits;
        util::insist([&] { queue_.failed(group, util::realNow()); });
        trouble_.swap(trouble);
    }
    // This thread alone writes trouble_.
    trouble_lines_.failed(trouble_, util::realNow());
    for (const Group::Member& member : group.members) finish(member, failureOf(trouble_));
}

void GroupWriter::finish(const Group::Member& member, Failure failure) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        try {
            if (batch->done) batch->done(failure ? CommitEnd::Failed : CommitEnd::Durable);
            if (!failure) noteNudges(*batch);
        } catch (...) {
            log_.error("the end of a commit could not be told",
                       {{"reason", util::exceptionText()}});
        }
        return;
    }
    Blocking* blocking = std::get<Blocking*>(member);
    const std::lock_guard lock(queue_mutex_);
    blocking->failure = std::move(failure);
    blocking->finished = true;
    blocking->finish.notify_one();  // under the lock: `blocking` may be gone right after it
}

void GroupWriter::noteNudges(const Batch& batch) {
    for (const StagedEvent& event : batch.events)
        if (event.nudges != 0) seen_.nudged(event.registration, event.received, event.nudges);
}

}  // namespace postbell::store
