// SPDX-License-Identifier: Apache-2.0
// A notification of Dovecot's push drivers, as far as a gateway needs it: no sender, no subject, no
// text.
#pragma once
#include <cstdint>
#include <string>

namespace postbell::dovecot {

/// What an event (RFC 5423) means for a badge.
enum class EventType {
    NewMail,       ///< messageNew (the OX driver), MessageNew (Lua)
    CountChanged,  ///< mail was read, marked as unread, appended, moved or expunged
    Other          ///< events of mailboxes themselves, and of later versions of Dovecot
};

struct Notification {
    EventType type = EventType::Other;
    std::string user;  ///< a login name, or the mailbox's METADATA value: as Dovecot is configured
    bool is_inbox = false;
    std::int32_t unseen = -1;  ///< unread mail of the folder; -1: not told
    std::string message;       ///< names the message, for good; empty: not told
    bool operator==(const Notification&) const = default;
};

}  // namespace postbell::dovecot
