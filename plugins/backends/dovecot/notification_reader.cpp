// SPDX-License-Identifier: Apache-2.0
#include "notification_reader.h"

#include <limits>
#include <optional>

#include "postbell/kit/json_reader.hpp"
#include "postbell/kit/json_text.hpp"
#include "postbell/kit/text.hpp"

namespace postbell::dovecot {
namespace {

using kit::Json;

/// A notification is one flat object; a script's lists of flags are the only values below it.
constexpr kit::JsonLimits kLimits{4, 1000};

/// The OX driver writes messageNew, scripts write RFC 5423's own MessageNew.
EventType eventTypeOf(std::string_view name) {
    constexpr std::string_view kChanges[] = {"MessageAppend", "MessageExpunge", "MessageRead",
                                             "MessageTrash",  "FlagsSet",       "FlagsClear"};
    if (kit::equalsIgnoringCase(name, "MessageNew")) return EventType::NewMail;
    for (const std::string_view change : kChanges)
        if (kit::equalsIgnoringCase(name, change)) return EventType::CountChanged;
    return EventType::Other;
}

/// -1 for a count that is absent, no whole number, or beyond what a badge can show.
std::int32_t countOf(const Json& value) {
    const std::int64_t count = value.integer().value_or(-1);
    return count < 0 || count > std::numeric_limits<std::int32_t>::max()
               ? -1
               : static_cast<std::int32_t>(count);
}

/// IMAP's numbers are positive and have 32 bits (RFC 3501, 2.3.1.1).
std::optional<std::int64_t> imapNumber(const Json& value) {
    const auto number = value.integer();
    const bool good = number && *number > 0 && *number <= std::numeric_limits<std::uint32_t>::max();
    return good ? number : std::nullopt;
}

/// A mailbox's UIDVALIDITY and the message's UID name it for good.
std::string messageOf(const Json& json) {
    const auto validity = imapNumber(json["imap-uidvalidity"]);
    const auto uid = imapNumber(json["imap-uid"]);
    std::string message;
    if (!validity || !uid) return message;
    kit::appendNumber(*validity, message);
    message += '/';
    kit::appendNumber(*uid, message);
    return message;
}

}  // namespace

std::variant<Notification, Refusal> readNotification(std::string_view body) {
    const std::optional<Json> json = kit::readJson(body, kLimits);
    if (!json) return Refusal::NotJson;
    const auto user = (*json)["user"].text();
    const auto event = (*json)["event"].text();
    const auto folder = (*json)["folder"].text();
    if (!user || user->empty() || !event || !folder) return Refusal::NoNotification;
    if (user->size() > kMaxUserBytes) return Refusal::UserTooLong;
    Notification notification;
    notification.type = eventTypeOf(*event);
    notification.user = *user;
    notification.is_inbox = kit::equalsIgnoringCase(*folder, "INBOX");
    notification.unseen = countOf((*json)["unseen"]);
    notification.message = messageOf(*json);
    return notification;
}

}  // namespace postbell::dovecot
