// SPDX-License-Identifier: Apache-2.0
#include "web/registration_state.h"

#include <nlohmann/json.hpp>

#include "web/fields.h"

namespace postbell::web {

nlohmann::json registrationState(const store::Registration& registration,
                                 const registry::LifeClock& clock) {
    const registry::LifeCycle life = registry::lifeCycle(registration, clock);
    const store::Seen& seen = registration.seen;
    // Why the gateway cannot hold the subscription: the app is asked to subscribe itself.
    const bool failing = registration.mailbox_state.id != 0 && life.state == registry::State::Stale;
    const std::string& note = registration.note.empty() && failing
                                  ? registration.mailbox_state.problem
                                  : registration.note;
    return {
        {"registration_id", registration.public_id},  {"state", registry::name(life.state)},
        {"action", registry::name(life.action)},      {"note", textOrNull(note)},
        {"last_event_at", timeOrNull(seen.event_at)}, {"last_push_at", timeOrNull(seen.push_at)},
        {"last_outcome", textOrNull(seen.outcome)}};
}

}  // namespace postbell::web
