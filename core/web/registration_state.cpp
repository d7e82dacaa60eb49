// SPDX-License-Identifier: Apache-2.0
#include "web/registration_state.h"

#include <nlohmann/json.hpp>

#include "web/fields.h"

namespace postbell::web {

namespace {

constexpr const char* kOtherFolders =
    "the mail server's notifications name other folders than the reported folder_id, or spell it "
    "differently: report the inbox's id as the server writes it in notifications";

std::string_view sentence(registry::StaleReason reason) {
    using Reason = registry::StaleReason;
    switch (reason) {
        case Reason::None:
        case Reason::Unmanaged:  // its mailbox's problem says more
            return {};
        case Reason::TurnedOff:
            return "the app was turned off after this subscription was reported";
        case Reason::Ended:
            return "the mail server ended the subscription";
        case Reason::Expired:
            return "the subscription reached its end, and was not renewed";
        case Reason::GatewayAway:
            return "the gateway was away for longer than the mail server tries again";
        case Reason::Silent:
            return "the mail server has been silent for longer than its heartbeats allow";
    }
    return {};
}

/// Names and ports of the gateway's own network, its files, a mail server's words on other people's
/// mailboxes, and a plugin's on itself are no app's business.
std::string_view toldTo(Reader reader, std::string_view text) {
    if (reader == Reader::App)
        for (const std::string_view known :
             {store::kNoAnswer, store::kProviderFailed, store::kServerUnusable})
            if (text.starts_with(known)) return known;
    return text;
}

}  // namespace

nlohmann::json registrationState(const store::Registration& registration,
                                 const registry::LifeClock& clock, Reader reader) {
    const registry::LifeCycle life = registry::lifeCycle(registration, clock);
    const store::Seen& seen = registration.seen;
    const bool stale = life.state == registry::State::Stale;
    std::string note = registration.note;
    // Why the gateway cannot hold the subscription: the app is asked to subscribe itself.
    if (note.empty() && stale) note = toldTo(reader, registration.mailbox_state.problem);
    if (note.empty() && stale) note = sentence(registry::staleness(registration, clock).reason);
    const bool other_folders = util::isSet(registration.folder.other_heard_at);
    if (note.empty() && other_folders && !registry::heardOwnFolder(registration))
        note = kOtherFolders;
    return {{"registration_id", registration.public_id},
            {"state", registry::name(life.state)},
            {"action", registry::name(life.action)},
            {"note", textOrNull(note)},
            {"last_event_at", timeOrNull(seen.event_at)},
            {"last_push_at", timeOrNull(seen.push_at)},
            {"last_outcome", textOrNull(std::string(toldTo(reader, seen.outcome)))}};
}

}  // namespace postbell::web
