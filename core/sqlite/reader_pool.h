// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sqlite/connection.h"
#include "sqlite/database_file.h"
#include "sqlite/sqlite_tables.h"
#include "sqlite/words.h"
#include "util/heartbeat.h"
#include "util/real_time.h"

namespace postbell::sqlite {

/// Read connections, as many as threads read at once; the one used last is handed out first, since
/// its pages are cached. A connection keeps its snapshot, and with it SQLite its cached pages,
/// until something is committed that the next read looks at: a read sees every write that was
/// reported as durable before the read began. Thread-safe.
class ReaderPool {
  public:
    /// `file` must outlive the pool.
    explicit ReaderPool(const DatabaseFile& file) : file_(file) {}

    /// See Engine.
    std::unique_ptr<ReadSession> lend(Reads reads);
    void takeBack(std::unique_ptr<ReadSession> session, bool failed) noexcept;
    std::optional<util::RealTime> silentSince() const;

    /// For the writer's thread, after a COMMIT and before an answer tells of it: from here on, no
    /// read uses an older snapshot.
    void committed(Changed changed);
    /// Goes up with each commit that changed more than pending rows, and now and then; never 0.
    std::uint64_t dataVersion() const { return data_version_; }
    /// Ends the snapshots of idle readers, and those of the reads under way at their end: older
    /// snapshots keep the write-ahead log from starting over. Waits for the reads under way, for at
    /// most `patience`.
    void renewSnapshots(util::Milliseconds patience);

  private:
    /// A read under way.
    struct Loan {
        std::uint64_t number = 0;
        util::Heartbeat* pulse = nullptr;
    };
    struct Reader final : ReadSession {
        Reader(const std::filesystem::path& file, int cache_kib)
            : connection(file, Connection::Access::Read, cache_kib), rows(connection) {}
        const Tables& tables() const override { return rows.all(); }

        Connection connection;
        SqliteTables rows;
        Loan loan;
        bool has_snapshot = false;
        /// That the snapshot is certain to have.
        std::uint64_t commits = 0, data_version = 0;
    };

    std::unique_ptr<Reader> open() const;
    /// Gives the loan, and an idle reader if there is one.
    Loan begin(std::unique_ptr<Reader>& reader);
    /// Null: the reader is of no more use.
    void end(const Loan& loan, std::unique_ptr<Reader> reader) noexcept;
    void useNewestSnapshot(Reader& reader, Reads reads);
    /// False: the connection is of no more use.
    static bool endSnapshot(Reader& reader) noexcept;

    const DatabaseFile& file_;
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::uint64_t> data_version_{1};
    std::mutex pool_mutex_;
    std::vector<std::unique_ptr<Reader>> idle_;
    std::uint64_t loans_begun_ = 0;
    std::vector<Loan> on_loan_;
    util::Heartbeats pulses_;  // one for each reader of the busiest moment
    std::vector<util::Heartbeat*> idle_pulses_;
    bool writer_waits_ = false;
    std::condition_variable loan_ended_;
};

}  // namespace postbell::sqlite
