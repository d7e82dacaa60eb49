// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "store/records/basics.h"
#include "store/records/progress.h"

namespace postbell::store {

class Database;

/// The sealed values of a database that do not open.
struct Unopened {
    struct Value {
        std::string place;  ///< table and column
        Id row = 0;
    };
    static constexpr std::size_t kMaxNamed = 20;

    std::size_t looked_at = 0, count = 0;
    std::vector<Value> named;  ///< the first of them
};

/// Opens every sealed value once, in many short reads.
Unopened findUnopened(Database& database, const Progress& progress);

}  // namespace postbell::store
