// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <unistd.h>

#include "util/trusted_owner.h"

namespace postbell::testing {

/// The gateway runs as another user than this process, for as long as this lives.
struct ServiceUser {
    explicit ServiceUser(uid_t user) { util::trustServiceUser(user); }
    ~ServiceUser() { util::trustServiceUser(::geteuid()); }
    ServiceUser(const ServiceUser&) = delete;
    ServiceUser& operator=(const ServiceUser&) = delete;
};

}  // namespace postbell::testing
