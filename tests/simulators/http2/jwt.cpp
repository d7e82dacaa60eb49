// SPDX-License-Identifier: Apache-2.0
#include "jwt.h"

namespace http2_simulator {

namespace {

// base64url without padding (RFC 7515, section 2); padding, '+' and '/' are refused.
std::optional<std::string> decodeBase64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z')
            value = static_cast<std::uint32_t>(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = static_cast<std::uint32_t>(c - 'a' + 26);
        else if (c >= '0' && c <= '9')
            value = static_cast<std::uint32_t>(c - '0' + 52);
        else if (c == '-')
            value = 62;
        else if (c == '_')
            value = 63;
        else
            return std::nullopt;
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::optional<nlohmann::json> decodeObject(std::string_view part) {
    const auto text = decodeBase64url(part);
    if (!text) return std::nullopt;
    auto object = nlohmann::json::parse(*text, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    return object;
}

}  // namespace

std::string jwtText(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Jwt> parseJwt(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == text.npos ? text.npos : text.find('.', first + 1);
    if (second == text.npos || text.find('.', second + 1) != text.npos) return std::nullopt;
    auto header = decodeObject(text.substr(0, first));
    auto claims = decodeObject(text.substr(first + 1, second - first - 1));
    auto signature = decodeBase64url(text.substr(second + 1));
    if (!header || !claims || !signature) return std::nullopt;
    return Jwt{std::move(*header), std::move(*claims), text.substr(0, second),
               std::move(*signature)};
}

}  // namespace http2_simulator
