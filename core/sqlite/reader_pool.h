// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "sqlite/connection.h"
#include "sqlite/database_file.h"
#include "store/write_session.h"

namespace postbell::sqlite {

/// Most groups that the writer commits change rows of `pending` and `last_count` alone, which few
/// reads look at.
enum class Reads { AllTables, AllButPending };

/// Read connections, as many as threads read at once; the one used last is handed out first, since
/// its pages are cached. A connection keeps its snapshot, and with it SQLite its cached pages,
/// until something is committed that the next read looks at: a read sees every write that was
/// reported as durable before the read began. Thread-safe.
class ReaderPool {
    struct Reader {
        Reader(const std::filesystem::path& file, int cache_kib)
            : connection(file, Connection::Access::Read, cache_kib) {}
        Connection connection;
        bool has_snapshot = false;
        /// That the snapshot is certain to have.
        std::uint64_t commits = 0, data_version = 0;
    };

  public:
    /// `file` must outlive the pool.
    explicit ReaderPool(const DatabaseFile& file) : file_(file) {}

    /// A connection on loan; goes back at its end, unless an exception ends it.
    class Loan {
      public:
        Loan(ReaderPool& pool, Reads reads);
        ~Loan();
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Connection& operator*() const { return reader_->connection; }

      private:
        ReaderPool& pool_;
        const int exceptions_;
        std::unique_ptr<Reader> reader_;
        const std::uint64_t number_;
    };

    /// For the writer's thread, after a COMMIT and before an answer tells of it: from here on, no
    /// read uses an older snapshot.
    void committed(store::Changed changed);
    /// Goes up with each commit that changed more than pending rows, and now and then; never 0.
    std::uint64_t dataVersion() const { return data_version_; }
    /// Ends the snapshots of idle readers, and those of the reads under way at their end: older
    /// snapshots keep the write-ahead log from starting over. Waits for the reads under way, for at
    /// most `patience`.
    void renewSnapshots(util::Milliseconds patience);

  private:
    std::unique_ptr<Reader> open() const;
    /// Gives the loan's number, and an idle reader if there is one.
    std::uint64_t begin(std::unique_ptr<Reader>& reader);
    /// Null: the reader is of no more use.
    void end(std::uint64_t number, std::unique_ptr<Reader> reader) noexcept;
    void useNewestSnapshot(Reader& reader, Reads reads);
    /// False: the connection is of no more use.
    static bool endSnapshot(Reader& reader) noexcept;

    const DatabaseFile& file_;
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::uint64_t> data_version_{1};
    std::mutex pool_mutex_;
    std::vector<std::unique_ptr<Reader>> idle_;
    std::uint64_t loans_begun_ = 0;
    std::vector<std::uint64_t> on_loan_;  // numbers of loans
    bool writer_waits_ = false;
    std::condition_variable loan_ended_;
};

}  // namespace postbell::sqlite
