// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "store/events.h"

namespace postbell::backend {

/// All that a backend made of one message.
struct Staged {
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
    /// The message reached so many registrations that some were left out.
    bool left_out = false;
    std::size_t accepted = 0;  ///< events that were taken
    std::size_t nobody = 0;    ///< events for nobody
    std::size_t denied = 0;    ///< events with a wrong proof

    bool needsCommit() const {
        return !events.empty() || !changes.empty() || !mailbox_changes.empty() || note.has_value();
    }
};

}  // namespace postbell::backend
