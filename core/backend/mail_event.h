// SPDX-License-Identifier: Apache-2.0
// A mail event as a backend stages it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::backend {

enum class MailKind { NewMail, CountChanged, Heard, Lost, Renew, Ended };

/// Borrows from the plugin's event.
struct MailEvent {
    MailKind kind = MailKind::Heard;
    std::string_view subscription, account, proof, folder, dedup_key;
    util::WallTime occurred;             ///< not set: unknown
    std::optional<std::int32_t> unread;  ///< nothing: unknown

    bool isMail() const {
        return kind == MailKind::NewMail || kind == MailKind::CountChanged ||
               kind == MailKind::Lost;
    }
    /// As the store keeps it; empty: none.
    std::string dedupHash() const;
};

}  // namespace postbell::backend
