// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "change_notification.h"
#include "postbell/backend.hpp"

namespace postbell::office365 {

/// The news of one POST about one subscription. Texts borrow from the Notification. Graph never
/// tells a count.
struct FoldedEvent {
    MailKind kind = MailKind::Heard;
    std::string_view subscription;
    std::string_view proof;  ///< the clientState that came with it
    std::string dedup_key;   ///< empty where a repetition cannot be told from a second change
};

/// One mail event at most for each subscription and clientState, the strongest, then Graph's
/// requests for the subscription itself; an end comes last. An item without a subscription's id is
/// left out.
std::vector<FoldedEvent> foldEvents(const Notification& notification);

}  // namespace postbell::office365
