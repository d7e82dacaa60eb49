// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace http2_simulator {

/// A compact JWT (RFC 7519), taken apart and not verified.
struct Jwt {
    nlohmann::json header;  // an object
    nlohmann::json claims;  // an object
    std::string_view signed_part;
    std::string signature;
};

/// nullopt for what is none. signed_part points into `text`.
std::optional<Jwt> parseJwt(std::string_view text);

/// A member that is text; else empty.
std::string jwtText(const nlohmann::json& object, const char* name);

}  // namespace http2_simulator
