// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "util/distribution.h"

namespace postbell::store {

struct StoreStats {
    std::uint64_t commits = 0, failed_commits = 0;
    std::uint64_t operations = 0;  ///< batches, settlements and blocking writes that were committed
    std::uint64_t events_without_effect = 0;  ///< repeated, or the registration was gone
    std::size_t queued = 0;
    /// Of the commits that succeeded: operations, and seconds from its begin to its end.
    util::Distribution<11> sizes{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}};
    util::Distribution<11> seconds{
        {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2}};
};

}  // namespace postbell::store
