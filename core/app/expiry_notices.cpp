// SPDX-License-Identifier: Apache-2.0
#include "app/expiry_notices.h"

#include <algorithm>

namespace postbell::app {

util::Milliseconds noticeBeforeEnd(util::Milliseconds notice, util::Milliseconds lifetime) {
    return std::min(notice, lifetime / 3);
}

bool ExpiryNotices::due(const std::string& name, util::Milliseconds left,
                        util::Milliseconds lifetime) {
    using std::chrono::days;
    constexpr days kNotices[] = {days(30), days(14), days(7), days(1), days(0)};
    const days* reached = nullptr;
    for (const days& notice : kNotices)
        if (left <= noticeBeforeEnd(notice, lifetime)) reached = &notice;
    if (reached == nullptr) {
        // Renewed, perhaps: its new end is announced as well.
        announced_.erase(name);
        return false;
    }
    const auto [known, is_new] = announced_.try_emplace(name, *reached);
    if (!is_new && known->second <= *reached) return false;
    known->second = *reached;
    return true;
}

}  // namespace postbell::app
