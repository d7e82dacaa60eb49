// SPDX-License-Identifier: Apache-2.0
#include "engine/device_connections.h"

namespace postbell::engine {

void DeviceConnections::Member::idle() {
    unlink();
    all_.idle_.push_back(*this);
}

bool DeviceConnections::admit() {
    if (count_ < max_) return true;
    if (idle_.empty()) return false;
    Member& longest = idle_.front();
    idle_.pop_front();
    longest.makeRoom();
    return true;
}

}  // namespace postbell::engine
