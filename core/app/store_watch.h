// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "log/log.h"
#include "net/http_server.h"
#include "util/real_time.h"
#include "util/time.h"

namespace postbell::app {

/// Notices a database that is silent: a disk that hangs fails no call, it keeps each. Looks twice a
/// second, on a thread of its own: logs a silence once, and its end. Thread-safe.
class StoreWatch {
  public:
    /// A read or a commit shows a sign of life at least this often, on a disk that works.
    static constexpr util::Milliseconds kMaxSilence{5'000};

    /// See store::Store::silentSince().
    using SilentSince = std::function<std::optional<util::RealTime>()>;
    /// The answer to a request that waits for the database: of the sentence on its silence.
    using Excuse = std::function<net::Response(const std::string& problem)>;

    /// `name`: the database's, for sentences.
    StoreWatch(SilentSince silent_since, std::string name, log::Log& log);
    ~StoreWatch();
    StoreWatch(const StoreWatch&) = delete;
    StoreWatch& operator=(const StoreWatch&) = delete;

    /// A sentence on the silence, and what to do; empty: the database answers.
    std::string problem() const;
    /// How long the call under way that is silent for longest has been; 0: none is under way.
    util::Milliseconds silence() const;
    /// The same right to answer, which the watch uses as well: a request that still waits once the
    /// database is silent gets the excuse. The first answer counts.
    net::Responder watched(net::Responder responder, Excuse excuse);

  private:
    class FirstAnswer;

    void run();
    void look();
    void excuseAll(const std::string& problem);

    const SilentSince silent_since_;
    const std::string name_;
    log::Log& log_;
    bool told_ = false;
    std::mutex waiting_mutex_;  // guards those below
    std::condition_variable stop_;
    std::vector<std::weak_ptr<FirstAnswer>> waiting_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
