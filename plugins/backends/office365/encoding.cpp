// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

#include <array>
#include <cstdint>

namespace postbell::office365 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> inverse() {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string base64UrlEncode(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) text += kAlphabet[(bits >> (count - 6)) & 63u];
    }
    if (count > 0) text += kAlphabet[(bits << (6 - count)) & 63u];
    return text;
}

std::optional<std::string> base64UrlDecode(std::string_view text) {
    static constexpr std::array<std::int8_t, 256> kValues = inverse();
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::int8_t value = kValues[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xffu);
        }
    }
    if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::string percentEncode(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += kHex[byte >> 4];
        encoded += kHex[byte & 15u];
    }
    return encoded;
}

std::optional<std::string> guid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string lower;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isHex(text[i])) return std::nullopt;
        lower += text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + 32) : text[i];
    }
    return lower;
}

std::optional<Url> splitUrl(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos ||
        (text.substr(0, scheme) != "https" && text.substr(0, scheme) != "http"))
        return std::nullopt;
    const std::size_t path = text.find_first_of("/?#", scheme + 3);
    Url url;
    url.origin = text.substr(0, path);
    if (url.origin.size() == scheme + 3 || url.origin.find('@') != std::string::npos)
        return std::nullopt;
    url.path = path == std::string_view::npos ? "/" : std::string(text.substr(path));
    if (url.path.front() != '/') url.path.insert(0, "/");
    url.path = url.path.substr(0, url.path.find('#'));
    return url;
}

}  // namespace postbell::office365
