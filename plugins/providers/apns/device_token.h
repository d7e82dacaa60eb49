// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace postbell::apns {

/// Could APNs have issued this device token? True and its normal form (hexadecimal digits in lower
/// case), or false and a sentence for the app's developer, which never repeats the token.
bool checkDeviceToken(std::string_view token, std::string& normal, std::string& problem);

}  // namespace postbell::apns
