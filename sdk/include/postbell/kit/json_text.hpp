// SPDX-License-Identifier: Apache-2.0
// Appends pieces of JSON to a text: for bodies that are built a million times an hour.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::kit {

inline void appendNumber(std::int64_t number, std::string& out) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// A string with its quotes (RFC 8259, 7). `text` must be UTF-8.
inline void appendText(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace postbell::kit
