// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::apns {

/// The body of APNs's refusal: {"reason":"Unregistered","timestamp":1700000000000}.
struct ResponseBody {
    bool is_object = false;         ///< in JSON, as all bodies of APNs are
    std::string reason;             ///< empty: none, or not as text
    std::int64_t timestamp_ms = 0;  ///< 0: none, or not as a positive number
};

/// Any body is read in bounded time and memory; unreadable parts count as absent.
ResponseBody readResponseBody(std::string_view body);

}  // namespace postbell::apns
