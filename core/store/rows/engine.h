// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "store/rows/tables.h"
#include "store/rows/write_session.h"
#include "util/real_time.h"

namespace postbell::store {

/// Which tables a read looks at. Most commits change pending rows and last counts alone, which few
/// reads look at: the others may use a state from before such commits.
enum class Reads { AllTables, AllButPending };

/// A connection that reads.
class ReadSession {
  public:
    virtual ~ReadSession() = default;
    virtual const Tables& tables() const = 0;
};

/// A database with its connections: all that the store needs of it. Thread-safe, but for the
/// result of session().
class Engine {
  public:
    virtual ~Engine() = default;

    /// For messages: "/var/lib/postbell/postbell.db".
    virtual std::string name() const = 0;
    /// The one connection that writes.
    virtual WriteSession& session() = 0;
    /// Gives a session for one read, which sees every write that was durable before: see
    /// WriteSession::commit(). As many are lent as threads read at once.
    virtual std::unique_ptr<ReadSession> lend(Reads reads) = 0;
    /// `failed`: an exception ended the read.
    virtual void takeBack(std::unique_ptr<ReadSession> session, bool failed) noexcept = 0;
    /// The last sign of life of the read that has shown none for longest; nothing: none is under
    /// way. A read that goes on shows one, however long it takes.
    virtual std::optional<util::RealTime> readsSilentSince() const = 0;
    /// See Store.
    virtual void backup(const std::string& file, const std::stop_token& stop) = 0;
    virtual bool isThere() = 0;
};

/// A read session on loan.
class ReadLoan {
  public:
    ReadLoan(Engine& engine, Reads reads)
        : engine_(engine), exceptions_(std::uncaught_exceptions()), session_(engine.lend(reads)) {}
    ~ReadLoan() {
        engine_.takeBack(std::move(session_), std::uncaught_exceptions() != exceptions_);
    }
    ReadLoan(const ReadLoan&) = delete;
    ReadLoan& operator=(const ReadLoan&) = delete;

    const Tables& tables() const { return session_->tables(); }

  private:
    Engine& engine_;
    const int exceptions_;
    std::unique_ptr<ReadSession> session_;
};

}  // namespace postbell::store
