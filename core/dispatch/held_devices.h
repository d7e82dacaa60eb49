// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "store/records.h"

namespace postbell::dispatch {

/// Devices whose pauses end as soon as their destination works again; filled by
/// DeviceQueue::wait(). The list may go with its destination: then they wait for their pauses.
struct HeldDevices {
    std::uint64_t number = 0;  ///< of this filling: no two lists have the same
    std::vector<store::Id> ids;
};

}  // namespace postbell::dispatch
