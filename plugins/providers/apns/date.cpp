// SPDX-License-Identifier: Apache-2.0
#include "date.h"

#include <time.h>

namespace postbell::apns {

std::string dateText(std::int64_t wall_ms) {
    const auto seconds = static_cast<time_t>(wall_ms / 1000);
    tm utc{};
    char text[64] = "";
    if (gmtime_r(&seconds, &utc) != nullptr) strftime(text, sizeof text, "%Y-%m-%d", &utc);
    return text;
}

}  // namespace postbell::apns
