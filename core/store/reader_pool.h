// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "store/connection.h"

namespace postbell::store {

/// Read connections, as many as threads read at once; the one used last is handed out first, since
/// its pages are cached. Thread-safe.
class ReaderPool {
  public:
    explicit ReaderPool(std::filesystem::path file);

    /// A connection on loan; goes back at its end.
    class Loan {
      public:
        explicit Loan(ReaderPool& pool) : pool_(pool), connection_(pool.take()) {}
        ~Loan() { pool_.giveBack(std::move(connection_)); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Connection& operator*() const { return *connection_; }

      private:
        ReaderPool& pool_;
        std::unique_ptr<Connection> connection_;
    };

  private:
    std::unique_ptr<Connection> take();
    void giveBack(std::unique_ptr<Connection> connection);

    const std::filesystem::path file_;
    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace postbell::store
