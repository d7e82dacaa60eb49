// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::fcm {

/// The body of Google's refusal: google.rpc.Status, with details by their type.
struct ErrorBody {
    bool is_object = false;    ///< in JSON, as all bodies of Google's API are
    std::string status;        ///< "INVALID_ARGUMENT"; empty: none
    std::string code;          ///< of the FcmError: "UNREGISTERED"; empty: none
    std::string info_reason;   ///< of the ErrorInfo: "SERVICE_DISABLED"; empty: none
    std::string apple_reason;  ///< of the ApnsError: Apple's own word, "BadDeviceToken"
    /// The request's fault is the registration token.
    bool names_token = false;
    /// The quota that was exceeded is a single device's.
    bool names_device = false;
    std::int64_t retry_delay_ms = 0;  ///< of the RetryInfo; 0: none
};

/// Whether the body is the message that FCM took: {"name": "projects/P/messages/M"}. A 200 of a
/// captive portal or proxy has another. Allocates nothing.
bool namesMessage(std::string_view body);

/// Any body is read in bounded time and memory; unreadable parts count as absent.
ErrorBody readErrorBody(std::string_view body);

}  // namespace postbell::fcm
