// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>
#include <unistd.h>

namespace postbell::util {

/// The users whose files a process believes, since no other may have chosen a key or a token:
/// root, its own, and as root the one that the gateway runs as, for which it runs commands.
/// Immutable.
class TrustedOwners {
  public:
    /// Of a process that runs as the gateway's user.
    TrustedOwners() : TrustedOwners(::geteuid()) {}
    /// `service`: the user that the gateway runs as.
    explicit TrustedOwners(uid_t service) : TrustedOwners(service, ::geteuid()) {}
    /// Of a process of user `self`.
    constexpr TrustedOwners(uid_t service, uid_t self) : service_(service), self_(self) {}

    constexpr bool admit(uid_t owner) const {
        return owner == 0 || owner == self_ || (self_ == 0 && owner == service_);
    }

  private:
    uid_t service_;
    uid_t self_;
};

}  // namespace postbell::util
