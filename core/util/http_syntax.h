// SPDX-License-Identifier: Apache-2.0
// Which characters the parts of a request may consist of.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace postbell::util {

/// Of ASCII; other characters stay.
constexpr char lowerCase(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = lowerCase(c);
    return lower;
}

/// A set of bytes: one look for each byte, since every request goes through here.
class ByteSet {
  public:
    constexpr explicit ByteSet(bool (*is_in)(char)) {
        for (unsigned i = 0; i < bytes_.size(); ++i) bytes_[i] = is_in(static_cast<char>(i));
    }
    constexpr bool hasAllOf(std::string_view text) const {
        return std::all_of(text.begin(), text.end(),
                           [this](char c) { return bytes_[static_cast<unsigned char>(c)]; });
    }

  private:
    std::array<bool, 256> bytes_{};
};

/// A method in capital letters.
inline bool isMethod(std::string_view text) {
    static constexpr ByteSet kCapitals([](char c) { return c >= 'A' && c <= 'Z'; });
    return !text.empty() && kCapitals.hasAllOf(text);
}

/// A path with its query, and without a fragment (RFC 9112, 3.2.1).
inline bool isPath(std::string_view text) {
    static constexpr ByteSet kVisible([](char c) { return c > ' ' && c <= '~' && c != '#'; });
    return text.starts_with('/') && kVisible.hasAllOf(text);
}

/// RFC 9110, 5.6.2, in either case.
constexpr bool isTokenCharacter(char c) {
    const char lower = lowerCase(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

inline bool isToken(std::string_view text) {
    static constexpr ByteSet kToken(isTokenCharacter);
    return !text.empty() && kToken.hasAllOf(text);
}

/// A field's name as HTTP/2 carries it (RFC 9110, 5.6.2; RFC 9113, 8.2).
inline bool isFieldName(std::string_view text) {
    static constexpr ByteSet kLowerToken(
        [](char c) { return isTokenCharacter(c) && lowerCase(c) == c; });
    return !text.empty() && kLowerToken.hasAllOf(text);
}

/// No control character but the tab (RFC 9110, 5.5). Bytes above 127 are opaque.
inline bool isFieldText(std::string_view text) {
    static constexpr ByteSet kText(
        [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); });
    return kText.hasAllOf(text);
}

/// RFC 9110, 5.5: a value has no blanks around it.
inline bool hasBlankEnd(std::string_view text) {
    constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    return !text.empty() && (is_blank(text.front()) || is_blank(text.back()));
}

/// A field of one HTTP/1.1 connection (RFC 9113, 8.2.2), or one that the sender of the request
/// adds.
inline bool isConnectionsOwn(std::string_view name) {
    constexpr std::string_view kNames[] = {"connection", "content-length",   "host",
                                           "keep-alive", "proxy-connection", "te",
                                           "upgrade",    "transfer-encoding"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace postbell::util
