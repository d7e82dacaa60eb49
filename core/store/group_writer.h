// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "log/log.h"
#include "store/connection.h"
#include "store/pending_table.h"
#include "store/reader_pool.h"
#include "store/seen_buffer.h"
#include "store/store.h"
#include "util/clock.h"

namespace postbell::store {

/// What a write may use, on the writer's thread and inside its transaction.
struct WriteContext {
    Connection& connection;
    PendingTable& pending;
};
/// Must give the same when it runs twice: a group in which one member fails is rolled back and run
/// again.
using Write = std::function<void(WriteContext&)>;

/// One thread that commits what all threads queued, in groups: what comes while a commit runs makes
/// up the next group, and nothing that somebody waits for waits for company. Settlements do, a
/// moment: nobody waits for them, and alone they would cost as many commits as the events. A member
/// that fails is left out and spoils no other's. While the database cannot be written, batches and
/// blocking writes fail, and what must not be lost is kept and tried again. Thread-safe; owns the
/// write connection.
class GroupWriter {
  public:
    /// `readers`: those of the same database.
    GroupWriter(std::filesystem::path file, Connection connection, ReaderPool& readers,
                const util::Clock& clock, log::Log& log);
    /// Commits what is queued, tries once more what was kept, and ends the thread.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    /// On return the sink that was there before is not being called.
    void setSink(PendingSink* sink);
    void setSeenSink(Store::SeenSink sink);
    void stage(Batch batch);
    void settle(std::vector<Settlement> settlements);
    void see(std::vector<SeenBuffer::Row> rows);
    /// Queued, and tried again until it is durable; a later one with the same key takes its place.
    void keep(const std::string& key, Write write);
    /// Returns when the write is durable; throws StoreError, or what the write threw. Not from the
    /// writer's own thread.
    void run(Write write);
    /// Everything queued before is committed or has failed once.
    void flush();

    /// Why the last commit failed; empty if it did not.
    std::string trouble() const;
    StoreStats stats() const;

  private:
    /// Why a member failed: a sentence about the database, or what its own write threw. Exceptions
    /// are made by the thread that throws them.
    struct Failure {
        std::string reason;
        std::exception_ptr thrown;
        explicit operator bool() const { return thrown || !reason.empty(); }
    };
    struct Blocking {
        Write write;
        bool drain = false;  // takes everything along that was queued before
        bool finished = false;
        Failure failure;
        std::condition_variable finish;  // of its own: each commit ends the wait of many
    };
    using Member = std::variant<Batch, Blocking*>;
    struct Group {
        std::vector<Member> members;
        std::vector<Failure> failures;  // one for each member
        std::vector<Settlement> settlements;
        std::vector<Settlement> failed_settlements;
        std::map<std::string, Write> kept;
        std::vector<SeenBuffer::Row> seen;
        std::size_t operations() const;
        /// It changes rows of `pending` and `last_count`, and no others.
        bool onlyPending() const;
    };
    enum class Mode { Together, Apart /* each member in a savepoint of its own */ };

    void work();
    bool waitForWork(std::unique_lock<std::mutex>& lock);
    Group takeGroup();
    void commit(Group& group);
    bool attempt(Group& group, Mode mode);
    void runMembers(Group& group, Mode mode);
    /// False: it failed and was undone.
    template <class WriteOne>
    bool runOne(Mode mode, const WriteOne& write_one, Failure* failure);
    void write(const Member& member);
    void rollBack() noexcept;
    void succeed(Group& group, std::chrono::steady_clock::duration took);
    void fail(Group& group, const std::string& reason);
    void tidyLog();
    void backOff();
    void finish(const Member& member, Failure failure);
    void wait(Blocking& blocking);

    const std::filesystem::path file_;
    Connection connection_;
    ReaderPool& readers_;
    PendingTable pending_;
    const util::Clock& clock_;
    log::Log& log_;

    mutable std::mutex queue_mutex_;
    std::condition_variable queue_changed_;
    std::deque<Member> queue_;
    std::deque<Settlement> settlements_;
    std::map<std::string, Write> kept_;
    SeenBuffer seen_;
    bool stopping_ = false;
    bool last_try_ = false;
    bool backing_off_ = false;  // what was kept is tried again at retry_at_, or with the next group
    bool urgent_ = false;       // kept writes came since the last group
    std::string trouble_;
    StoreStats stats_;
    std::chrono::steady_clock::time_point retry_at_{};
    std::chrono::steady_clock::time_point settle_at_{};
    std::chrono::steady_clock::time_point seen_at_{};
    std::int64_t retry_delay_ms_ = 0;

    std::mutex sink_mutex_;  // held while the sinks are called
    PendingSink* sink_ = nullptr;
    Store::SeenSink seen_sink_;

    int tidy_at_pages_;  // of the write-ahead log

    std::thread thread_;
};

}  // namespace postbell::store
