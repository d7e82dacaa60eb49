// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "store/records/records.h"

namespace postbell::dispatch {

/// Devices whose pauses end as soon as their origin works again; filled by DeviceQueue::wait(). The
/// list may go with its origin: then they wait for their pauses.
struct OriginWaiters {
    std::uint64_t number = 0;  ///< of this filling: no two lists have the same
    std::vector<store::Id> ids;
};

}  // namespace postbell::dispatch
