// SPDX-License-Identifier: Apache-2.0
#include "app/scrapes.h"

#include <algorithm>
#include <utility>

#include "util/exception_text.h"
#include "web/problem.h"

namespace postbell::app {

void Scrapes::answer(net::Responder&& responder) {
    bool accepted = true;
    {
        const std::lock_guard lock(waiting_mutex_);
        if (waiting_.empty()) {
            waiting_.reserve(1);
            std::function<void()> job = [this] { collectForAll(); };
            accepted = workers_.tryPost(job);
        } else {
            accepted = waiting_.size() < kMaxWaiting;
        }
        // The job takes it after the lock.
        if (accepted) return waiting_.push_back(std::move(responder));
    }
    responder.send(web::problemResponse(503, "the gateway is busy: try again"));
}

void Scrapes::collectForAll() {
    std::vector<net::Responder> waiting;
    {
        const std::lock_guard lock(waiting_mutex_);
        waiting.swap(waiting_);
    }
    std::erase_if(waiting, [](const net::Responder& one) { return !one.isWanted(); });
    if (waiting.empty()) return;
    try {
        const net::Response response = collect_();
        for (net::Responder& one : waiting) one.send(response);
    } catch (...) {
        // Those that are left are dropped, and so answered.
        log_.error("metrics cannot be collected: please report this",
                   {{"reason", util::exceptionText()}});
    }
}

}  // namespace postbell::app
