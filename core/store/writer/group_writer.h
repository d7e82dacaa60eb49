// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "log/log.h"
#include "store/records/store_stats.h"
#include "store/writer/committer.h"
#include "store/writer/seen_ledger.h"
#include "store/writer/trouble_lines.h"
#include "store/writer/write_queue.h"
#include "util/heartbeat.h"

namespace postbell::store {

/// One thread that commits the writes of all threads, in groups: writes that come while a commit
/// runs make up the next group. While the database cannot be written, batches and blocking writes
/// fail; settlements and kept writes are tried again. Thread-safe.
class GroupWriter {
  public:
    /// `seen`: when registrations were last seen, to be written in passing. `heartbeats` gets the
    /// thread's, named "writer", and outlives the writer; null: unread.
    GroupWriter(WriteSession& session, SeenLedger& seen, const util::Clock& clock, log::Log& log,
                util::Heartbeats* heartbeats = nullptr);
    /// Commits the queued writes, tries the kept ones once more, and ends the thread.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    /// On return the sink that was there before is not being called.
    void setSink(PendingSink* sink);
    void stage(Batch batch);
    void settle(const std::vector<Settlement>& settlements);
    /// Queued, and tried again until it is durable; a later write with the same key takes its
    /// place. `durable` is called on the writer's thread once either is durable; it may never be,
    /// as when the database refuses the write.
    void keep(const std::string& key, Write write, std::function<void()> durable = {});
    /// Returns when the write is durable; throws StoreError, or the write's own exception. Not from
    /// the writer's own thread.
    void run(Write write);
    /// Everything queued before is committed or has failed once.
    void flush();

    /// Why the last commit failed; empty: none did, or one has written to the disk since.
    std::string trouble() const;
    StoreStats stats() const;
    /// When the commit that is under way began; nothing: none is.
    std::optional<util::RealTime> committingSince() const {
        return heartbeat_.read().working_since;
    }

  private:
    void work();
    /// False: the end.
    bool waitForWork(std::unique_lock<std::mutex>& lock);
    void commit(Group& group);
    void succeed(Group& group, Committer::Result& result);
    void fail(Group& group, std::string trouble);
    void finish(const Group::Member& member, Failure failure);
    void noteNudges(const Batch& batch);
    void wait(Blocking& blocking);

    WriteSession& session_;
    SeenLedger& seen_;
    log::Log& log_;
    util::Heartbeat unread_{"writer"};
    util::Heartbeat& heartbeat_;
    Committer committer_;  // the writer thread's

    mutable std::mutex queue_mutex_;
    std::condition_variable queue_changed_;
    WriteQueue queue_;
    std::string trouble_;
    TroubleLines trouble_lines_;  // the writer thread's
    StoreStats stats_;

    std::mutex sink_mutex_;  // held while the sink is called
    PendingSink* sink_ = nullptr;

    std::thread thread_;
};

}  // namespace postbell::store
