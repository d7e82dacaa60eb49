// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include "postbell/kit/content_type.hpp"

namespace postbell::office365 {

bool announcesJson(std::string_view header) {
    const kit::ContentType told = kit::parseContentType(header);
    const auto is = [](std::string_view text, std::string_view expected) {
        return text.empty() || kit::equalsIgnoringCase(text, expected);
    };
    return is(told.media, "application/json") &&
           (is(told.charset, "utf-8") || is(told.charset, "utf8"));
}

}  // namespace postbell::office365
