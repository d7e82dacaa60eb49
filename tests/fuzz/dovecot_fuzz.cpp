// SPDX-License-Identifier: Apache-2.0
// Any bytes as a notification, and as an Authorization header.
#include <cstdint>
#include <cstdlib>

#include "addressing.h"
#include "notification_reader.h"
#include "postbell/kit/authorization.hpp"

using namespace postbell::dovecot;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto password = postbell::kit::basicPassword(input);
    require(!password || password->size() < size);
    const auto read = readNotification(input);
    const auto* notification = std::get_if<Notification>(&read);
    if (notification == nullptr) return 0;
    require(!notification->user.empty() && notification->user.size() <= kMaxUserBytes);
    require(notification->unseen >= -1);
    require(notification->message.size() <= 21);  // two numbers of 32 bits
    require(!hasIdForm(notification->user) || notification->user.size() >= 43);
    return 0;
}
