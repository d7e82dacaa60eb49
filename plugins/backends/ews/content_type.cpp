// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include "text.h"

namespace postbell::ews {
namespace {

std::string_view unquote(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

/// Takes what stands before the next ';' off `rest`.
std::string_view nextPart(std::string_view& rest) {
    const auto end = rest.find(';');
    const std::string_view part = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

}  // namespace

ContentType parseContentType(std::string_view header) {
    ContentType type;
    std::string_view rest = header;
    const std::string_view media = nextPart(rest);
    if (equalsIgnoringCase(media, "application/soap+xml"))
        type.soap = SoapVersion::V12;
    else
        type.acceptable = media.empty() || equalsIgnoringCase(media, "text/xml");
    while (!rest.empty()) {
        const std::string_view parameter = nextPart(rest);
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (equalsIgnoringCase(trim(parameter.substr(0, equals)), "charset"))
            type.charset = unquote(trim(parameter.substr(equals + 1)));
    }
    return type;
}

}  // namespace postbell::ews
