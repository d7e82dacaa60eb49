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

using Alphabet = std::string_view;
constexpr Alphabet kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr Alphabet kBase64UrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Of every character its place in the alphabet; -1 for a character that is not in it.
constexpr std::array<std::int8_t, 256> placesIn(Alphabet alphabet) {
    std::array<std::int8_t, 256> places{};
    for (auto& place : places) place = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        places[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return places;
}
inline constexpr std::array<std::int8_t, 256> kBase64Places = placesIn(kBase64Alphabet);
inline constexpr std::array<std::int8_t, 256> kBase64UrlPlaces = placesIn(kBase64UrlAlphabet);

/// Without padding.
inline std::string encode64(std::string_view bytes, Alphabet alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        pending = (pending << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) text += alphabet[(pending >> (bits - 6)) & 63];
    }
    if (bits > 0) text += alphabet[(pending << (6 - bits)) & 63];
    return text;
}

/// Strict: nothing for padding, another character, or bits behind the last byte, so that there is
/// one text only for every value.
inline std::optional<std::string> decode64(std::string_view text,
                                           const std::array<std::int8_t, 256>& places) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::int8_t place = places[static_cast<unsigned char>(c)];
        if (place < 0) return std::nullopt;
        pending = (pending << 6) | static_cast<std::uint32_t>(place);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((pending >> bits) & 0xffu);
        }
    }
    if ((pending & ((1u << bits) - 1)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace detail

/// Base64 with padding (RFC 4648, 4), as in MIME and PEM.
inline std::string base64(std::string_view bytes) {
    std::string text = detail::encode64(bytes, detail::kBase64Alphabet);
    while (text.size() % 4 != 0) text += '=';
    return text;
}

/// The bytes that base64() wrote. Strict: whole quartets, and one text only for every value.
inline std::optional<std::string> decodeBase64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding)
        text.remove_suffix(1);
    return detail::decode64(text, detail::kBase64Places);
}

}  // namespace postbell::kit
