// SPDX-License-Identifier: Apache-2.0
#include "util/trusted_owners.h"

#include <catch2/catch.hpp>

using postbell::util::TrustedOwners;

TEST_CASE("a file of another user is not trusted, and root trusts the service's user as well") {
    constexpr uid_t kRoot = 0, kService = 107, kOther = 4242;
    for (const uid_t self : {kRoot, kService, kOther}) {
        const TrustedOwners owners(kService, self);
        CHECK(owners.admit(kRoot));
        CHECK(owners.admit(self));
        CHECK_FALSE(owners.admit(kOther + 1));
    }
    CHECK(TrustedOwners(kService, kRoot).admit(kService));
    CHECK_FALSE(TrustedOwners(kService, kOther).admit(kService));
    CHECK_FALSE(TrustedOwners(kRoot, kRoot).admit(kOther));
}

TEST_CASE("a process trusts its own files, and as root those of the user that it serves") {
    constexpr uid_t kOther = 4242;
    CHECK(TrustedOwners().admit(::geteuid()));
    CHECK_FALSE(TrustedOwners().admit(kOther));
    CHECK(TrustedOwners(kOther).admit(kOther) == (::geteuid() == 0));
}
