// SPDX-License-Identifier: Apache-2.0
#include "api/call_lines.h"

#include <utility>
#include <vector>

#include "log/seldom.h"

namespace postbell::api {

bool CallLines::admit(store::Id app, std::size_t& suppressed) {
    const util::SteadyTime now = clock_.steady();
    const std::lock_guard lock(shares_mutex_);
    Share& share = shares_.try_emplace(app, Share{.since = now}).first->second;
    if (now - share.since >= log::kRepeatPause) {
        share.since = now;
        share.lines = 0;
    }
    if (share.lines >= kMaxLines) {
        ++share.suppressed;
        return false;
    }
    ++share.lines;
    suppressed = std::exchange(share.suppressed, 0);
    return true;
}

void CallLines::write(store::Id app, std::string_view sentence,
                      std::initializer_list<log::Field> fields) {
    std::size_t suppressed = 0;
    const bool admitted = admit(app, suppressed);
    std::vector<log::Field> all(fields);
    if (suppressed > 0) all.emplace_back("suppressed", suppressed);
    log_.write(admitted ? log::Level::Info : log::Level::Debug, sentence, all.data(), all.size());
}

}  // namespace postbell::api
