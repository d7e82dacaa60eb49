// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::kit {

namespace detail {

constexpr std::string_view kBase64UrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Of every character its place in the alphabet; -1 for what is not in it.
constexpr std::array<std::int8_t, 256> base64UrlValues() {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < kBase64UrlAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kBase64UrlAlphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}

}  // namespace detail

/// Base64url without padding (RFC 7515, 2), as in JWTs.
inline std::string base64Url(std::string_view bytes) {
    constexpr std::string_view kAlphabet = detail::kBase64UrlAlphabet;
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        pending = (pending << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[(pending >> (bits - 6)) & 63];
    }
    if (bits > 0) text += kAlphabet[(pending << (6 - bits)) & 63];
    return text;
}

/// The bytes that base64Url() wrote. Strict: nothing for padding, another character, or bits behind
/// the last byte, so that there is one text only for every value.
inline std::optional<std::string> decodeBase64Url(std::string_view text) {
    static constexpr std::array<std::int8_t, 256> kValues = detail::base64UrlValues();
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::int8_t value = kValues[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        pending = (pending << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((pending >> bits) & 0xffu);
        }
    }
    if ((pending & ((1u << bits) - 1)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace postbell::kit
