// SPDX-License-Identifier: Apache-2.0
#include "basic_password.h"

#include "postbell/kit/base64.hpp"
#include "postbell/kit/text.hpp"

namespace postbell::dovecot {

std::optional<std::string> basicPassword(std::string_view authorization) {
    constexpr std::string_view kScheme = "Basic ";
    if (!kit::equalsIgnoringCase(authorization.substr(0, kScheme.size()), kScheme))
        return std::nullopt;
    const auto decoded = kit::decodeBase64(kit::trim(authorization.substr(kScheme.size())));
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) return std::nullopt;
    return decoded->substr(colon + 1);
}

}  // namespace postbell::dovecot
