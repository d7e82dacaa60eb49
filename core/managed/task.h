// SPDX-License-Identifier: Apache-2.0
// The tasks of managed backends, and their results.
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
    Reauthorize,  ///< as Renew, since the mail server asked for it
    Unsubscribe,  ///< mailbox, subscription
    Count,        ///< mailbox -> unread
    Refresh,      ///< the plugin's own knowledge
    Check,        ///< could all other tasks work?
    Confirm,      ///< mailbox, subscription, note, which the server wants back before it notifies
};

struct Task {
    TaskKind kind = TaskKind::Check;
    std::string grant;         ///< the JSON object that a device sent
    std::string mailbox;       ///< in the plugin's own words
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
    bool of_instance = false;           ///< the result would be the same for every mailbox
    bool unanswered = false;            ///< the last request had no answer
    util::Milliseconds retry_after{0};  ///< zero: unknown
    util::WallTime expires;             ///< of the subscription; not set: never
    std::string mailbox, subscription;
    std::int32_t unread = -1;
    std::string problem;  ///< a sentence; with Done: advice
};

std::string_view name(TaskKind kind);
std::string_view name(TaskResult::Kind kind);

/// The result of a task whose plugin broke the contract: `why` names the plugin. A claim is tried
/// again, since a device would take a refusal for the mail server's.
TaskResult defect(TaskKind kind, std::string why);

}  // namespace postbell::managed
