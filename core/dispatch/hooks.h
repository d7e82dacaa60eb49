// SPDX-License-Identifier: Apache-2.0
// Functions by which sending asks other topics, and informs them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "registry/life_cycle.h"
#include "store/records/records.h"
#include "util/real_time.h"

namespace postbell::engine {
class AnswerSink;
struct TlsIdentity;
}  // namespace postbell::engine

namespace postbell::dispatch {

struct Access;
class Connections;

using registry::LifeClockOf;

/// Gives the unread count of a managed mailbox as of `since` or later, for a push whose event has
/// none. `done` is called once, on any thread, with the count or store::kUnknownCount, before long;
/// not at all once the gateway stops. Empty: mailboxes cannot be counted.
using CountReader = std::function<void(const store::MailboxState& mailbox, util::RealTime since,
                                       std::function<void(std::int32_t)> done)>;

/// Records the outcome of a registration's last push, for its app and for admins.
using OutcomeNote =
    std::function<void(store::Id registration, util::WallTime now, std::string_view outcome)>;

/// Opens the connections of one credential to one origin. Throws std::exception with a sentence for
/// a text that is not an origin.
using ConnectionOpener = std::function<std::unique_ptr<Connections>(
    std::string_view origin, const Access& access,
    std::shared_ptr<const engine::TlsIdentity> identity, engine::AnswerSink& sink)>;

}  // namespace postbell::dispatch
