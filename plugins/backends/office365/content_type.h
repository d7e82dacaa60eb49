// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace postbell::office365 {

/// Whether a Content-Type header (RFC 9110, 8.3) announces JSON in UTF-8. A missing one does.
bool announcesJson(std::string_view header);

}  // namespace postbell::office365
