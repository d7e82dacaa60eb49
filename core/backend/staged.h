// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "store/events.h"

namespace postbell::backend {

/// How an event, or a note, was taken: the plugin is told.
enum class Acceptance {
    Accepted,
    Malformed,  ///< it cannot be understood on this callback
    Nobody,     ///< normal: most people have no phone registered
    Denied,     ///< its proof is wrong
    TooMany,
};

/// All that a backend made of one message.
struct Staged {
    /// Registrations that one message reaches at most, so that the messages of other mail servers
    /// do not wait long for it.
    static constexpr std::size_t kMaxReached = 10'000;
    /// Events of one message.
    static constexpr std::size_t kMaxEvents = 10'000;

    std::optional<net::Response> response;  ///< nothing: the backend left it to the gateway
    std::vector<store::StagedEvent> events;
    std::vector<store::SubscriptionChange> changes;
    std::vector<store::MailboxChange> mailbox_changes;
    std::optional<std::string> note;  ///< for the app of the registration
    std::string problem;              ///< the backend's sentence for the admin
    /// Registrations whose subscription gave a sign of life.
    std::vector<store::Id> heard;
    /// Registrations whose app is asked to check its registration.
    std::vector<store::Id> nudged;
    std::size_t accepted = 0;  ///< events that were taken
    std::size_t nobody = 0;    ///< events for nobody
    std::size_t denied = 0;    ///< events with a wrong proof
    std::size_t reached = 0;   ///< registrations, each as often as an event was for it
    bool left_out = false;     ///< registrations, since there were too many
    bool too_many = false;     ///< events beyond kMaxEvents

    bool needsCommit() const {
        return !events.empty() || !changes.empty() || !mailbox_changes.empty() || note.has_value();
    }
    /// To be asked before an event is staged for a registration. False: it is left out.
    bool reach() {
        if (reached < kMaxReached) {
            ++reached;
            return true;
        }
        left_out = true;
        return false;
    }
    /// Stages what a message says of its mailbox's subscription, of each kind the last word.
    void change(store::MailboxChange latest) {
        for (store::MailboxChange& known : mailbox_changes)
            if (known.kind == latest.kind) {
                known = std::move(latest);
                return;
            }
        mailbox_changes.push_back(std::move(latest));
    }
};

}  // namespace postbell::backend
