// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "backend/backend_instance.h"
#include "backend/staged.h"
#include "net/http_server.h"
#include "store/events.h"
#include "store/writer/seen_ledger.h"
#include "util/real_time.h"

namespace postbell::backend {

/// A message of a mail server that a backend has read: becomes durable, and then is answered. Its
/// end is on the thread that called commit(), or on the store's writer's.
class Notification {
  public:
    /// All of them outlive every notification.
    struct Parts {
        const BackendInstance& instance;
        store::Events& events;
        store::SeenLedger& seen;
        log::Log& log;
    };
    /// Facts noted of the message.
    struct Message {
        util::Trace trace = 0;
        util::RealTime received;
        util::WallTime now;
        Result result = Result::Ok;
    };
    Notification(const Parts& parts, const Message& message, net::Responder responder,
                 net::Response response);

    /// Answers at once if nothing was staged that must be durable.
    void commit(Staged staged) &&;

  private:
    void noteSigns();
    void ended(store::CommitEnd end);
    void stored(util::Microseconds took);

    const Parts parts_;
    const Message message_;
    net::Responder responder_;
    net::Response response_;
    std::vector<store::Heard> heard_;
    std::array<std::uint32_t, 3> kinds_{};  // events, by store::StagedEvent::Kind
    store::Sign sign_ = store::Sign::OfLife;
};

}  // namespace postbell::backend
