// SPDX-License-Identifier: Apache-2.0
// A service account's key, the JSON file that the Firebase and Google Cloud consoles hand out.
#pragma once
#include <string>
#include <string_view>

#include "postbell/kit/openssl.hpp"

namespace postbell::fcm {

/// Real files have 2.3 kB.
inline constexpr std::size_t kMaxFileBytes = 64 * 1024;

struct ServiceAccount {
    std::string project_id;
    std::string client_email;
    std::string private_key_id;
    std::string token_uri;  ///< empty: the file names none
    kit::KeyHandle key;     ///< RSA
    /// A sentence for the admin, if the file cannot be used; members read before are set.
    std::string problem;
};

ServiceAccount readServiceAccount(std::string_view file);

}  // namespace postbell::fcm
