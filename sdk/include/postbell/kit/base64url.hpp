// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "postbell/kit/base64.hpp"

namespace postbell::kit {

/// Base64url without padding (RFC 7515, 2), as in JWTs.
inline std::string base64Url(std::string_view bytes) {
    return detail::encode64(bytes, detail::kBase64UrlAlphabet);
}

/// The bytes that base64Url() wrote. Strict: there is one text only for every value.
inline std::optional<std::string> decodeBase64Url(std::string_view text) {
    return detail::decode64(text, detail::kBase64UrlPlaces);
}

}  // namespace postbell::kit
