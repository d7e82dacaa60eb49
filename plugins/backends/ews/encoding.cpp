// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

#include "postbell/kit/text.hpp"

namespace postbell::ews {
namespace {

using namespace std::string_view_literals;

struct Name {
    std::string_view name;
    Encoding encoding;
};
constexpr Name kNames[] = {
    {"utf-8", Encoding::Utf8},
    {"utf8", Encoding::Utf8},
    {"us-ascii", Encoding::Ascii},
    {"ascii", Encoding::Ascii},
    {"iso-8859-1", Encoding::Latin1},
    {"latin1", Encoding::Latin1},
    {"windows-1252", Encoding::Windows1252},
    {"cp1252", Encoding::Windows1252},
    // The bytes are ASCII's where these names are looked up: a string was made as UTF-16 and sent
    // as UTF-8.
    {"utf-16", Encoding::Utf8},
    {"utf-16le", Encoding::Utf8},
    {"utf-16be", Encoding::Utf8},
    {"unicode", Encoding::Utf8},
};

/// The declaration's encoding, empty if it names none. The parser finds the declaration's faults.
std::string_view declaredEncoding(std::string_view body) {
    if (!body.starts_with("<?xml")) return {};
    constexpr std::size_t kMaxDeclaration = 256;
    const std::string_view head = body.substr(0, kMaxDeclaration);
    const std::string_view declaration = head.substr(0, head.find("?>"));
    const auto key = declaration.find("encoding");
    if (key == std::string_view::npos) return {};
    std::string_view rest = kit::trim(declaration.substr(key + "encoding"sv.size()));
    if (!rest.starts_with('=')) return {};
    rest = kit::trim(rest.substr(1));
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return {};
    return rest.substr(1, rest.find(rest.front(), 1) - 1);
}

}  // namespace

std::optional<EncodedText> detectEncoding(std::string_view body, std::string_view charset) {
    // UTF-32's marks begin as UTF-16's do.
    if (body.starts_with("\xFF\xFE\0\0"sv) || body.starts_with("\0\0\xFE\xFF"sv))
        return std::nullopt;
    if (body.starts_with("\xEF\xBB\xBF")) return EncodedText{Encoding::Utf8, body.substr(3)};
    if (body.starts_with("\xFF\xFE")) return EncodedText{Encoding::Utf16Le, body.substr(2)};
    if (body.starts_with("\xFE\xFF")) return EncodedText{Encoding::Utf16Be, body.substr(2)};
    if (body.starts_with("<\0"sv)) return EncodedText{Encoding::Utf16Le, body};
    if (body.starts_with("\0<"sv)) return EncodedText{Encoding::Utf16Be, body};

    const std::string_view name = charset.empty() ? declaredEncoding(body) : charset;
    if (name.empty()) return EncodedText{Encoding::Utf8, body};
    for (const Name& known : kNames)
        if (kit::equalsIgnoringCase(known.name, name)) return EncodedText{known.encoding, body};
    return std::nullopt;
}

// The five bytes that windows-1252 leaves open are control characters, as browsers read them
// (https://encoding.spec.whatwg.org/index-windows-1252.txt).
const std::array<int, 32> kWindows1252Upper = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

}  // namespace postbell::ews
