// SPDX-License-Identifier: Apache-2.0
// A mail event as a backend stages it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "util/time.h"

namespace postbell::backend {

enum class MailKind { NewMail, CountChanged, Heard, Lost, Renew, Ended };

/// Borrows from the plugin's event.
struct MailEvent {
    MailKind kind = MailKind::Heard;
    std::string_view subscription, account, proof, folder, dedup_key;
    std::string_view canonical_folder;   ///< the form that all spellings of `folder` share
    util::WallTime occurred;             ///< not set: unknown
    std::optional<std::int32_t> unread;  ///< nothing: unknown
    /// The server wants no new subscription for so long; zero: it said nothing.
    util::Milliseconds retry_after{0};

    bool isMail() const {
        return kind == MailKind::NewMail || kind == MailKind::CountChanged ||
               kind == MailKind::Lost;
    }
};

}  // namespace postbell::backend
