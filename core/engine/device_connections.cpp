// SPDX-License-Identifier: Apache-2.0
#include "engine/device_connections.h"

#include <algorithm>

namespace postbell::engine {
namespace {

constexpr std::size_t kFew = 16;

}  // namespace

DeviceConnections::Member::Member(DeviceConnections& all, std::uint64_t owner)
    : all_(all), owner_(owner) {
    ++all_.count_;
    ++all_.owners_[owner];
}

DeviceConnections::Member::~Member() {
    --all_.count_;
    const auto owned = all_.owners_.find(owner_);
    if (--owned->second == 0) all_.owners_.erase(owned);
}

void DeviceConnections::Member::idle() {
    unlink();
    all_.idle_.push_back(*this);
}

std::size_t DeviceConnections::ownedBy(std::uint64_t owner) const {
    const auto owned = owners_.find(owner);
    return owned == owners_.end() ? 0 : owned->second;
}

bool DeviceConnections::admit(std::uint64_t owner) {
    const std::size_t quarter = std::max<std::size_t>(1, max_ / 4);
    const std::size_t owned = ownedBy(owner);
    const bool owners_limit = owned >= quarter;
    if (!owners_limit && count_ < (owned < kFew ? max_ : max_ - quarter)) return true;
    const auto longest = std::find_if(idle_.begin(), idle_.end(), [&](const Member& member) {
        return !owners_limit || member.owner_ == owner;
    });
    if (longest == idle_.end()) return false;
    Member& member = *longest;
    idle_.erase(longest);
    member.makeRoom();
    return true;
}

}  // namespace postbell::engine
