// SPDX-License-Identifier: Apache-2.0
#include "handshake.h"

namespace postbell::office365 {
namespace {

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool isHarmless(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F && c != '<' && c != '>' && c != '"';
}

}  // namespace

std::optional<std::string_view> findValidationToken(std::string_view query) {
    constexpr std::string_view kName = "validationToken=";
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view parameter = query.substr(0, end);
        if (parameter.substr(0, kName.size()) == kName) return parameter.substr(kName.size());
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    }
    return std::nullopt;
}

std::optional<std::string> decodeValidationToken(std::string_view encoded) {
    if (encoded.empty() || encoded.size() > 3 * kMaxTokenBytes) return std::nullopt;
    std::string token;
    token.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        char c = encoded[i] == '+' ? ' ' : encoded[i];
        if (c == '%') {
            if (encoded.size() - i < 3) return std::nullopt;
            const int high = hexDigit(encoded[i + 1]);
            const int low = hexDigit(encoded[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (!isHarmless(c)) return std::nullopt;
        token += c;
    }
    if (token.size() > kMaxTokenBytes) return std::nullopt;
    return token;
}

}  // namespace postbell::office365
