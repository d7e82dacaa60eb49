// SPDX-License-Identifier: Apache-2.0
// All that a backend made of one message.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/http_server.h"
#include "store/events.h"
#include "store/writer/seen_ledger.h"

namespace postbell::backend {

/// How an event, or a note, was taken: the plugin is told.
enum class Acceptance {
    Accepted,
    Malformed,  ///< it cannot be understood on this callback
    Nobody,     ///< normal: most people have no phone registered
    Denied,     ///< its proof is wrong
    TooMany,
};

/// The writes of a message, which become durable together.
struct StagedWrites {
    std::vector<store::StagedEvent> events;
    std::vector<store::SubscriptionChange> changes;
    std::vector<store::MailboxChange> mailbox_changes;

    bool isEmpty() const { return events.empty() && changes.empty() && mailbox_changes.empty(); }
    /// Adds a note for the registration's app: the last one counts.
    void note(store::SubscriptionChange noted) {
        std::erase_if(changes, [&](const store::SubscriptionChange& known) {
            return known.kind == noted.kind;
        });
        changes.push_back(std::move(noted));
    }
    /// Adds a message's word on its mailbox's subscription: of each kind the last one counts.
    void change(store::MailboxChange latest) {
        for (store::MailboxChange& known : mailbox_changes)
            if (known.kind == latest.kind) {
                known = std::move(latest);
                return;
            }
        mailbox_changes.push_back(std::move(latest));
    }
};

/// How many events a message has, and how far they reached.
struct Tally {
    /// Registrations that one message reaches at most, so that the messages of other mail servers
    /// do not wait long for it.
    static constexpr std::size_t kMaxReached = 10'000;
    /// Events of one message.
    static constexpr std::size_t kMaxEvents = 10'000;

    std::size_t accepted = 0;       ///< events that were taken
    std::size_t nobody = 0;         ///< events for no registration
    std::size_t denied = 0;         ///< events with a wrong proof
    std::size_t reached = 0;        ///< registrations, each as often as an event was for it
    std::size_t other_folders = 0;  ///< events of other folders, the own one never heard of
    bool left_out = false;          ///< registrations, since there were too many
    bool too_many = false;          ///< events beyond kMaxEvents

    std::size_t events() const { return accepted + nobody + denied; }
    /// To be asked before an event is staged for a registration. False: it is left out.
    bool reach() {
        if (reached < kMaxReached) {
            ++reached;
            return true;
        }
        left_out = true;
        return false;
    }
};

/// Mail that names another folder than the reported one: see late_staging.h.
struct OtherFolderMail {
    store::StagedEvent event;
    bool canonical = false;  ///< the other folder's id has a canonical form
    bool reported = false;   ///< the event names the reported subscription
};

/// An app that may have to be nudged: see late_staging.h.
struct NudgeWanted {
    store::Id registration = 0;
    util::WallTime quiet_until;  ///< the server wants no new subscription before
};

struct Staged {
    std::optional<net::Response> response;  ///< nothing: the backend left it to the gateway
    std::string problem;                    ///< the backend's sentence for the admin
    std::string breach;                     ///< of the contract by the backend, the first one
    StagedWrites writes;
    std::vector<store::Heard> heard;
    Tally tally;
    std::vector<OtherFolderMail> other_folder_mail;
    std::vector<NudgeWanted> nudges_wanted;

    /// The last event that was heard for the registration names its own folder.
    void heardOwnFolder(store::Id registration) {
        if (!heard.empty() && heard.back().registration == registration)
            heard.back().own_folder = true;
    }
};

}  // namespace postbell::backend
