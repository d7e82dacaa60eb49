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
    std::string problem;  ///< the backend's sentence for the admin
    struct Heard {
        store::Id registration = 0;
        bool own_folder = false;  ///< the event names the reported folder
        bool operator==(const Heard&) const = default;
    };
    /// Registrations whose subscription gave a sign of life.
    std::vector<Heard> heard;
    struct Nudged {
        store::Id registration = 0;
        std::uint32_t nudges = 0;  ///< in a row
        bool operator==(const Nudged&) const = default;
    };
    /// Registrations whose app is asked to check its registration.
    std::vector<Nudged> nudged;
    /// An event whose effect depends on the whole registration: see late_staging.h.
    struct Late {
        store::StagedEvent event;
        /// Mail that names another folder than the reported one. The rest asks the app to check.
        bool of_other_folder = false;
        bool canonical = false;      ///< the other folder's id has a canonical form
        bool reported = false;       ///< the event names the reported subscription
        util::WallTime quiet_until;  ///< the server wants no new subscription before
    };
    std::vector<Late> late;
    std::size_t other_folders = 0;  ///< events of other folders, the own one never heard of
    std::size_t accepted = 0;       ///< events that were taken
    std::size_t nobody = 0;         ///< events for nobody
    std::size_t denied = 0;         ///< events with a wrong proof
    std::size_t reached = 0;        ///< registrations, each as often as an event was for it
    bool left_out = false;          ///< registrations, since there were too many
    bool too_many = false;          ///< events beyond kMaxEvents

    bool needsCommit() const {
        return !events.empty() || !changes.empty() || !mailbox_changes.empty();
    }
    /// The last event that was heard for the registration names its own folder.
    void heardOwnFolder(store::Id registration) {
        if (!heard.empty() && heard.back().registration == registration)
            heard.back().own_folder = true;
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
    /// Stages a note for the registration's app: the last one counts.
    void note(store::SubscriptionChange noted) {
        std::erase_if(changes, [&](const store::SubscriptionChange& known) {
            return known.kind == noted.kind;
        });
        changes.push_back(std::move(noted));
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
