// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace postbell::fcm {

/// Could FCM have issued this registration token? True and the token itself, or false and a
/// sentence for the app's developer, which never repeats the token.
bool checkRegistrationToken(std::string_view token, std::string& normal, std::string& problem);

}  // namespace postbell::fcm
