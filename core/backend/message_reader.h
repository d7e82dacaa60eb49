// SPDX-License-Identifier: Apache-2.0
// One message of a mail server: finds its addressee, lets the backend read it, and has it answered.
#pragma once
#include <functional>
#include <string>

#include "backend/backend_instance.h"
#include "backend/route_table.h"
#include "backend/staged_reply.h"
#include "log/log.h"
#include "net/http_server.h"
#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/registrations.h"
#include "store/writer/seen_ledger.h"
#include "util/real_time.h"
#include "util/trace.h"

namespace postbell::backend {

/// A request whose path fits, before the store is asked.
struct Arrival {
    RouteTable::Match routes;
    std::string token_hash;
    util::Trace trace = 0;
    util::RealTime received;
};

/// Thread-safe.
class MessageReader {
  public:
    /// All of them outlive the reader.
    struct Parts {
        store::Events& events;
        store::Registrations& registrations;
        store::SeenLedger& seen;
        log::Log& log;
    };
    explicit MessageReader(const Parts& parts) : parts_(parts) {}

    /// Answers, now or when the message's events are durable. An exception is the end of its
    /// message, never of the thread.
    void handle(BackendInstance& instance, const Arrival& arrival, const registry::LifeClock& clock,
                const net::Request& request, net::Responder responder) const;

  private:
    void read(BackendInstance& instance, const Arrival& arrival, const registry::LifeClock& clock,
              const net::Request& request, net::Responder& responder) const;
    void logRead(const std::string& instance, util::Trace trace, int status,
                 const StagedReply& reply, const Staged& staged) const;
    util::WallTime lastCall(store::Id registration) const;

    const Parts parts_;
};

}  // namespace postbell::backend
