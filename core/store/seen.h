// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace postbell::store {

/// What is written in passing and may be lost.
struct Seen {
    std::int64_t device_at = 0;  ///< the device's last call
    std::int64_t heard_at = 0;   ///< any notification
    std::int64_t event_at = 0;   ///< a notification that meant a push
    std::int64_t push_at = 0;
    std::int64_t nudged_at = 0;  ///< a push that asked the app to check its registration
    std::string outcome;         ///< of the last push, in words
};

}  // namespace postbell::store
