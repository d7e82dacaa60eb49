// SPDX-License-Identifier: Apache-2.0
#include "plugin/long_call.h"

#include <exception>
#include <utility>

#include "util/named_thread.h"

namespace postbell::plugin {

LongCall::LongCall(util::Milliseconds patience, std::function<void()> overdue)
    : patience_(patience), overdue_(std::move(overdue)) {
    try {
        thread_ = util::startThread("long-call", [this] { watch(); });
    } catch (const std::exception&) {
        // Without a thread the call is made all the same, unwatched.
    }
}

LongCall::~LongCall() {
    {
        const std::lock_guard lock(end_mutex_);
        ended_ = true;
    }
    end_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LongCall::watch() {
    std::unique_lock lock(end_mutex_);
    if (end_.wait_for(lock, patience_, [this] { return ended_; })) return;
    try {
        overdue_();
    } catch (const std::exception&) {
        // Out of memory: then this is not what the log needs to say.
    }
}

}  // namespace postbell::plugin
