// SPDX-License-Identifier: Apache-2.0
#include "web/registration_state.h"

#include <nlohmann/json.hpp>

#include "web/fields.h"

namespace postbell::web {

namespace {

constexpr const char* kOtherFolders =
    "the mail server's notifications name other folders than the reported folder_id, or spell it "
    "differently: report the inbox's id as the server writes it in notifications";

}  // namespace

nlohmann::json registrationState(const store::Registration& registration,
                                 const registry::LifeClock& clock) {
    const registry::LifeCycle life = registry::lifeCycle(registration, clock);
    const store::Seen& seen = registration.seen;
    // Why the gateway cannot hold the subscription: the app is asked to subscribe itself.
    const bool failing = registration.mailbox_state.id != 0 && life.state == registry::State::Stale;
    std::string note = registration.note;
    if (note.empty() && failing) note = registration.mailbox_state.problem;
    const bool other_folders = util::isSet(registration.folder.other_heard_at);
    if (note.empty() && other_folders && !registry::heardOwnFolder(registration))
        note = kOtherFolders;
    return {
        {"registration_id", registration.public_id},  {"state", registry::name(life.state)},
        {"action", registry::name(life.action)},      {"note", textOrNull(note)},
        {"last_event_at", timeOrNull(seen.event_at)}, {"last_push_at", timeOrNull(seen.push_at)},
        {"last_outcome", textOrNull(seen.outcome)}};
}

}  // namespace postbell::web
