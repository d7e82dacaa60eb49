// SPDX-License-Identifier: Apache-2.0
// What a managed backend is asked to do, and what it came to.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::managed {

enum class TaskKind {
    Claim,        ///< grant -> mailbox
    Subscribe,    ///< mailbox, callback_url, proof -> subscription, expires
    Renew,        ///< mailbox, subscription -> expires
    Reauthorize,  ///< the same, because the server asked for it
    Unsubscribe,  ///< mailbox, subscription
    Count,        ///< mailbox -> unread
    Refresh,      ///< what the plugin keeps
    Check,        ///< could all this work?
    Confirm,      ///< mailbox, subscription, note: the server wants it back before it notifies
};

struct Task {
    TaskKind kind = TaskKind::Check;
    std::string grant;         ///< the JSON object that a device sent
    std::string mailbox;       ///< the plugin's own word for it
    std::string subscription;  ///< the mail server's id
    std::string callback_url, proof;
    std::string note;  ///< that the server sent to the callback
};

struct TaskResult {
    enum class Kind {
        Done,
        Retry,    ///< not now
        Gone,     ///< the mail server does not know the subscription
        Refused,  ///< trying again soon will not help
    };
    Kind kind = Kind::Retry;
    bool of_instance = false;           ///< it would be the same for every mailbox
    util::Milliseconds retry_after{0};  ///< zero: not told
    util::WallTime expires;             ///< of the subscription; not set: it does not end
    std::string mailbox, subscription;
    std::int32_t unread = -1;
    std::string problem;  ///< a sentence; with Done: advice
};

std::string_view name(TaskKind kind);
std::string_view name(TaskResult::Kind kind);

/// The plugin is at fault: `why` names it.
TaskResult defect(std::string why);

}  // namespace postbell::managed
