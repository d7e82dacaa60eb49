// SPDX-License-Identifier: Apache-2.0
#include "registration_token.h"

#include <algorithm>

namespace postbell::fcm {
namespace {

// Google promises no form. Seen are an instance id of 22 characters, a colon and about 140 more;
// the oldest ones have no colon. Longer ones were announced.
constexpr std::size_t kMinLength = 64;
constexpr std::size_t kMaxLength = 4096;
constexpr std::size_t kMaxAppleToken = 200;

bool isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
}

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool startsWith(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// A guess at the text that the app sent in place of a token.
std::string_view explainCharacters(std::string_view token) {
    if (token.find("%3A") != std::string_view::npos || token.find("%3a") != std::string_view::npos)
        return "The device token is percent-encoded (%3A stands for its colon). Send the "
               "registration token as FirebaseMessaging gives it.";
    if (startsWith(token, "/topics/"))
        return "This is the name of a topic, which everybody who knows it may subscribe to. Send "
               "the device's own registration token, from FirebaseMessaging.getToken().";
    if (startsWith(token, "https://"))
        return "This is an address, as Web Push has it. Send the registration token that "
               "FirebaseMessaging.getToken() gives.";
    return "The device token contains characters that no registration token of FCM has (letters, "
           "digits, - _ and : are its own). Send it unchanged, as FirebaseMessaging.getToken() "
           "gives it.";
}

}  // namespace

bool checkRegistrationToken(std::string_view token, std::string& normal, std::string& problem) {
    if (token.empty()) {
        problem =
            "The device token is empty. Send the registration token that "
            "FirebaseMessaging.getToken() gives.";
    } else if (!std::all_of(token.begin(), token.end(), isTokenCharacter)) {
        problem = explainCharacters(token);
    } else if (token.size() <= kMaxAppleToken && std::all_of(token.begin(), token.end(), isHex)) {
        problem =
            "The device token has hexadecimal digits only, as an APNs token has. Through FCM an "
            "app registers with the token of Firebase: Messaging.messaging().token on iOS, "
            "FirebaseMessaging.getToken() on Android.";
    } else if (token.size() < kMinLength) {
        problem = "The device token is too short for a registration token of FCM (" +
                  std::to_string(token.size()) +
                  " characters; a Firebase installation id looks like that). Send the whole token "
                  "that FirebaseMessaging.getToken() gives.";
    } else if (token.size() > kMaxLength) {
        problem = "The device token is too long: " + std::to_string(token.size()) +
                  " characters, at most " + std::to_string(kMaxLength) + " are accepted.";
    } else {
        normal = token;
        return true;
    }
    return false;
}

}  // namespace postbell::fcm
