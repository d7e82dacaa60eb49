// SPDX-License-Identifier: Apache-2.0
#include "util/codec.h"

#include <array>
#include <cstdint>

namespace postbell::util {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet, bool padded) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) out += alphabet[bits >> (held -= 6) & 63];
    }
    if (held > 0) out += alphabet[bits << (6 - held) & 63];
    while (padded && out.size() % 4 != 0) out += '=';
    return out;
}

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::optional<std::string> decode(std::string_view text, std::string_view alphabet, bool padded) {
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (padded && isSpace(c)) continue;
        if (padded && c == '=') {
            ++padding;
            continue;
        }
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos || padding > 0) return std::nullopt;
        ++digits;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) out += static_cast<char>(bits >> (held -= 8) & 255);
    }
    if (digits % 4 == 1 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
    if (padded && (padding > 2 || (digits + padding) % 4 != 0)) return std::nullopt;
    return out;
}

}  // namespace

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string hexEncode(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<std::string> hexDecode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hexDigit(text[i]);
        const int low = hexDigit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string base64Encode(std::string_view bytes) {
    return encode(bytes, kStandard, true);
}
std::string base64UrlEncode(std::string_view bytes) {
    return encode(bytes, kUrl, false);
}
std::optional<std::string> base64Decode(std::string_view text) {
    return decode(text, kStandard, true);
}
std::optional<std::string> base64UrlDecode(std::string_view text) {
    return decode(text, kUrl, false);
}

}  // namespace postbell::util
