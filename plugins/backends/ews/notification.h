// SPDX-License-Identifier: Apache-2.0
// An Exchange server's notification, as far as a gateway needs it: no item ids, no mail.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postbell::ews {

enum class EventType {
    NewMail,
    Created,
    Deleted,
    Modified,
    Moved,
    Copied,
    SignOfLife  ///< StatusEvent, FreeBusyChangedEvent, and what a later Exchange may add
};

/// One child of Notification. Ids are as Exchange spells them; the ChangeKey beside them
/// differs even within one message and is not read.
struct MailboxEvent {
    EventType type = EventType::SignOfLife;
    std::int64_t occurred_ms = 0;        ///< 0: not told, or not a time
    std::string folder_id;               ///< only where the event is about a folder itself
    std::string parent_folder_id;        ///< where the item or folder is (now)
    std::string old_parent_folder_id;    ///< Moved, Copied: where it was
    std::optional<std::int32_t> unread;  ///< absent is not 0: servers leave it out
    bool operator==(const MailboxEvent&) const = default;
};

enum class ResponseClass { Success, Warning, Error };

/// One SendNotificationResponseMessage. Error messages come without a Notification, against
/// Exchange's own schema.
struct ResponseMessage {
    ResponseClass response_class = ResponseClass::Success;
    bool has_notification = false;
    bool more_events = false;      ///< another POST follows at once
    std::string response_code;     ///< "NoError", "ErrorReadEventsFailed"
    std::string subscription_id;   ///< from the Notification or from MessageXml
    std::string last_watermark;    ///< of its last event; empty if none has one
    std::int32_t back_off_ms = 0;  ///< of an error: Exchange wants to be left alone for so long
    std::vector<MailboxEvent> events;
    bool operator==(const ResponseMessage&) const = default;
};

enum class SoapVersion { V11, V12 };

struct SendNotification {
    SoapVersion soap = SoapVersion::V11;
    std::vector<ResponseMessage> messages;
    bool operator==(const SendNotification&) const = default;
};

}  // namespace postbell::ews
