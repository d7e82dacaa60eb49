// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

namespace postbell::office365 {
namespace {

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

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
