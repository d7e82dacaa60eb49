// SPDX-License-Identifier: Apache-2.0
#include "content_type.h"

#include "postbell/kit/content_type.hpp"

namespace postbell::ews {

ContentType parseContentType(std::string_view header) {
    const kit::ContentType told = kit::parseContentType(header);
    ContentType type;
    type.charset = told.charset;
    if (kit::equalsIgnoringCase(told.media, "application/soap+xml"))
        type.soap = SoapVersion::V12;
    else
        type.acceptable = told.media.empty() || kit::equalsIgnoringCase(told.media, "text/xml");
    return type;
}

}  // namespace postbell::ews
