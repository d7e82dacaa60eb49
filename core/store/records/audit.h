// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "store/records/basics.h"

namespace postbell::store {

/// A change that an admin asked for, or the end of one that failed.
struct AuditLine {
    Id id = 0;
    util::WallTime at;
    std::string who;
    std::string what;  ///< "app/set tenant=acme app=com.example.mail"
};

struct AuditFilter {
    std::string tenant;    ///< empty: all
    util::WallTime since;  ///< not set: from the beginning
    Id before = 0;         ///< older than this line; 0: all
    std::size_t limit = 0;
};

}  // namespace postbell::store
