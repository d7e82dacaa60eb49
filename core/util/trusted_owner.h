// SPDX-License-Identifier: Apache-2.0
// The users whose files are believed: no other may have chosen a key or a token.
#pragma once
#include <sys/types.h>

namespace postbell::util {

/// Whether a process of user `self` believes a file of `owner`, where the gateway runs as
/// `service`: root's, its own, and as root the gateway's, for which it runs commands.
constexpr bool isTrustedOwner(uid_t owner, uid_t self, uid_t service) {
    return owner == 0 || owner == self || (self == 0 && owner == service);
}

/// The user that the gateway runs as; until this is called, this process's own. Thread-safe.
void trustServiceUser(uid_t user);
/// As above, for this process.
bool isTrustedOwner(uid_t owner);

}  // namespace postbell::util
