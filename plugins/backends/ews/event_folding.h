// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "notification.h"
#include "postbell/backend.hpp"

namespace postbell::ews {

/// One folder of one subscription, as a POST describes it. Borrows from the SendNotification that
/// it was folded from.
struct FoldedEvent {
    MailKind kind = MailKind::Heard;
    std::string_view subscription;  ///< empty: the message names none
    std::string_view folder;        ///< empty: the message names none
    std::string_view watermark;     ///< the last one of the subscription's
    std::int64_t occurred_ms = 0;   ///< of the folder's last event with a time; 0 if none has
    std::int32_t unread = -1;       ///< the last one told; -1 if none was
    std::int32_t back_off_ms = 0;   ///< Ended: Exchange wants to be left alone for so long

    /// The same for a message that Exchange sends again, and different for every other. Empty where
    /// repeating changes nothing or there is no watermark.
    std::string dedupKey() const;
};

/// One event for each subscription and folder, in the order of their first mention, with the
/// strongest kind and the last count told; for a message without any, a sign of life. An error ends
/// its subscription.
std::vector<FoldedEvent> foldEvents(const SendNotification& notification);

}  // namespace postbell::ews
