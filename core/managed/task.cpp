// SPDX-License-Identifier: Apache-2.0
#include "managed/task.h"

#include <utility>

namespace postbell::managed {

std::string_view name(TaskKind kind) {
    switch (kind) {
        case TaskKind::Claim:
            return "claim";
        case TaskKind::Subscribe:
            return "subscribe";
        case TaskKind::Renew:
            return "renew";
        case TaskKind::Reauthorize:
            return "reauthorize";
        case TaskKind::Unsubscribe:
            return "unsubscribe";
        case TaskKind::Count:
            return "count";
        case TaskKind::Refresh:
            return "refresh";
        case TaskKind::Check:
            return "check";
        case TaskKind::Confirm:
            return "confirm";
    }
    return "";
}

std::string_view name(TaskResult::Kind kind) {
    switch (kind) {
        case TaskResult::Kind::Done:
            return "done";
        case TaskResult::Kind::Retry:
            return "retry";
        case TaskResult::Kind::Gone:
            return "gone";
        case TaskResult::Kind::Refused:
            return "refused";
    }
    return "";
}

TaskResult defect(TaskKind kind, std::string why) {
    TaskResult result;
    result.kind = kind == TaskKind::Claim ? TaskResult::Kind::Retry : TaskResult::Kind::Refused;
    result.problem = std::move(why);
    return result;
}

}  // namespace postbell::managed
