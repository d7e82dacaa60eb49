// SPDX-License-Identifier: Apache-2.0
#include "util/trusted_owner.h"

#include <unistd.h>

#include <atomic>

namespace postbell::util {
namespace {

std::atomic<uid_t> service_user{::geteuid()};

}  // namespace

void trustServiceUser(uid_t user) {
    service_user = user;
}

bool isTrustedOwner(uid_t owner) {
    return isTrustedOwner(owner, ::geteuid(), service_user);
}

}  // namespace postbell::util
