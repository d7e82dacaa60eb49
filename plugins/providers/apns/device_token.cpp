// SPDX-License-Identifier: Apache-2.0
#include "device_token.h"

#include <algorithm>

namespace postbell::apns {
namespace {

// Apple, "Registering your app with APNs": the token's size may vary, never assume one.
constexpr std::size_t kMinDigits = 2 * 2;
constexpr std::size_t kMaxDigits = 2 * 100;

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// A guess at the text that the app sent in place of hexadecimal digits.
std::string_view explainCharacters(std::string_view token) {
    if (contains(token, "length") && contains(token, "bytes"))
        return "The device token is the description of an NSData object of iOS 13 or later, which "
               "leaves bytes out. "
               "Send each byte of the token as two hexadecimal digits.";
    if (token.front() == '<' || token.back() == '>' || contains(token, " "))
        return "The device token contains spaces or angle brackets, as the description of an "
               "NSData object does. "
               "Send only the hexadecimal digits.";
    // Instance id, colon, "APA91b...": the form of FCM's registration tokens.
    if (contains(token, ":"))
        return "The device token looks like a registration token of Firebase (FCM). APNs needs the "
               "token that iOS "
               "hands to didRegisterForRemoteNotificationsWithDeviceToken, as hexadecimal digits.";
    const bool base64 = std::all_of(token.begin(), token.end(), [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' ||
               c == '/' || c == '=' || c == '-' || c == '_';
    });
    if (base64)
        return "The device token looks like base64 or a Firebase token. APNs needs the token that "
               "iOS hands to the "
               "app, each byte as two hexadecimal digits.";
    return "The device token contains characters that are not hexadecimal digits (0 to 9, a to f). "
           "Send each byte "
           "of the token that iOS hands to the app as two hexadecimal digits.";
}

}  // namespace

bool checkDeviceToken(std::string_view token, std::string& normal, std::string& problem) {
    if (token.empty()) {
        problem =
            "The device token is empty. Register for remote notifications first, then send the "
            "token that iOS hands "
            "to the app, as hexadecimal digits.";
    } else if (!std::all_of(token.begin(), token.end(), isHex)) {
        problem = explainCharacters(token);
    } else if (token.size() > kMaxDigits) {
        problem = "The device token is too long: " + std::to_string(token.size()) +
                  " hexadecimal digits, at most " + std::to_string(kMaxDigits) +
                  " are accepted. Send the token alone.";
    } else if (token.size() % 2 != 0) {
        problem =
            "The device token has an odd number of hexadecimal digits, so part of it is missing. "
            "Write each byte "
            "with two digits (\"%02x\").";
    } else if (token.size() < kMinDigits) {
        problem = "The device token is too short. Send the whole token that iOS hands to the app.";
    } else {
        normal.resize(token.size());
        std::transform(token.begin(), token.end(), normal.begin(), lower);
        return true;
    }
    return false;
}

}  // namespace postbell::apns
