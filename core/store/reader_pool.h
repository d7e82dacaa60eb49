// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "store/connection.h"

namespace postbell::store {

/// Read connections, as many as threads read at once; the one used last is handed out first, since
/// its pages are cached. A connection keeps its snapshot, and with it SQLite its cached pages,
/// until something is committed: a read sees all that anybody was told is durable before it began.
/// Thread-safe.
class ReaderPool {
    struct Reader {
        Reader(const std::filesystem::path& file, int cache_kib)
            : connection(file, Connection::Access::Read, cache_kib) {}
        Connection connection;
        bool has_snapshot = false;
        std::uint64_t version = 0;  ///< of the snapshot
    };

  public:
    explicit ReaderPool(std::filesystem::path file);

    /// A connection on loan; goes back at its end, unless an exception ends it.
    class Loan {
      public:
        explicit Loan(ReaderPool& pool);
        ~Loan();
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Connection& operator*() const { return reader_->connection; }

      private:
        ReaderPool& pool_;
        const int exceptions_;
        std::unique_ptr<Reader> reader_;
    };

    /// For the writer's thread, round its COMMIT. Lets go of the snapshots that nobody reads from,
    /// since they would keep the write-ahead log from starting over; from its end on, no read uses
    /// an older snapshot.
    class Commit {
      public:
        explicit Commit(ReaderPool& pool) : pool_(pool) { pool_.releaseSnapshots(); }
        ~Commit() { ++pool_.version_; }
        Commit(const Commit&) = delete;
        Commit& operator=(const Commit&) = delete;

      private:
        ReaderPool& pool_;
    };

    /// Closes the connections. None is on loan any more.
    void close();

  private:
    std::unique_ptr<Reader> take();
    void giveBack(std::unique_ptr<Reader> reader);
    void releaseSnapshots();

    const std::filesystem::path file_;
    std::atomic<std::uint64_t> version_{0};
    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace postbell::store
