// SPDX-License-Identifier: Apache-2.0
#include "store/records/credential.h"

namespace postbell::store {

GuardState GuardState::renewed(util::WallTime now) const {
    GuardState guard;
    if (!util::isSet(paused_at)) return guard;
    guard.paused_at = paused_at;
    guard.paused_reason = paused_reason;
    guard.probe_at = now;
    return guard;
}

}  // namespace postbell::store
