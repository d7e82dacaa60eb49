// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace postbell::ews {

enum class Encoding { Utf8, Utf16Le, Utf16Be, Ascii, Latin1, Windows1252 };

struct EncodedText {
    Encoding encoding = Encoding::Utf8;
    std::string_view bytes;  ///< without the byte order mark
};

/// Says how `body` is encoded: by its byte order mark, else by the transport's `charset`, else by
/// the XML declaration, else UTF-8 (RFC 7303, 3.2 and 3.3). Nothing if that is an encoding that is
/// not supported.
std::optional<EncodedText> detectEncoding(std::string_view body, std::string_view charset);

/// The Unicode code points of windows-1252's bytes 0x80 to 0x9F; every other byte is its own code
/// point.
extern const std::array<int, 32> kWindows1252Upper;

}  // namespace postbell::ews
