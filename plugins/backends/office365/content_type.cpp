// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include "text.h"

namespace postbell::office365 {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes what stands before the next ';' off `rest`.
std::string_view nextPart(std::string_view& rest) {
    const auto end = rest.find(';');
    const std::string_view part = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

}  // namespace

bool announcesJson(std::string_view header) {
    std::string_view rest = header;
    const std::string_view media = nextPart(rest);
    if (!media.empty() && !equalsIgnoringCase(media, "application/json")) return false;
    while (!rest.empty()) {
        const std::string_view parameter = nextPart(rest);
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (!equalsIgnoringCase(trim(parameter.substr(0, equals)), "charset")) continue;
        std::string_view charset = trim(parameter.substr(equals + 1));
        if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"')
            charset = charset.substr(1, charset.size() - 2);
        if (!equalsIgnoringCase(charset, "utf-8") && !equalsIgnoringCase(charset, "utf8"))
            return false;
    }
    return true;
}

}  // namespace postbell::office365
