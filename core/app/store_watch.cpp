// SPDX-License-Identifier: Apache-2.0
#include "app/store_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::app {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kLook = 500ms;

long inSeconds(util::Milliseconds time) {
    return static_cast<long>(std::chrono::floor<std::chrono::seconds>(time).count());
}

}  // namespace

/// Whoever claims it answers.
class StoreWatch::FirstAnswer final : public net::Responder::Target {
  public:
    FirstAnswer(net::Responder responder, Excuse excuse)
        : responder_(std::move(responder)), excuse_(std::move(excuse)) {}

    void answer(net::Response&& response) override { claim().send(std::move(response)); }
    void drop() noexcept override { const net::Responder dropped = claim(); }
    bool isWanted() const override {
        const std::lock_guard lock(responder_mutex_);
        return responder_.isWanted();
    }
    void excuse(const std::string& problem) {
        if (!isWanted()) return;
        net::Response response = excuse_(problem);
        answer(std::move(response));
    }

  private:
    /// One that sends nothing, if it was claimed before.
    net::Responder claim() noexcept {
        const std::lock_guard lock(responder_mutex_);
        return std::move(responder_);
    }

    mutable std::mutex responder_mutex_;
    net::Responder responder_;
    const Excuse excuse_;
};

StoreWatch::StoreWatch(SilentSince silent_since, std::string name, log::Log& log)
    : silent_since_(std::move(silent_since)),
      name_(std::move(name)),
      log_(log),
      thread_(util::startThread("store-watch", [this] { run(); })) {}

StoreWatch::~StoreWatch() {
    {
        const std::lock_guard lock(waiting_mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

util::Milliseconds StoreWatch::silence() const {
    const auto since = silent_since_();
    if (!since) return util::Milliseconds(0);
    return std::max(util::Milliseconds(0),
                    std::chrono::floor<util::Milliseconds>(util::realNow() - *since));
}

std::string StoreWatch::problem() const {
    const util::Milliseconds silence = this->silence();
    if (silence < kMaxSilence) return {};
    return "the database " + name_ + " has not answered for " + std::to_string(inSeconds(silence)) +
           " seconds: its disk hangs or is overloaded. Look at the disk (`dmesg`); the gateway "
           "goes "
           "on by itself once it answers";
}

net::Responder StoreWatch::watched(net::Responder responder, Excuse excuse) {
    auto first = std::make_shared<FirstAnswer>(std::move(responder), std::move(excuse));
    const std::lock_guard lock(waiting_mutex_);
    std::erase_if(waiting_, [](const auto& waiting) { return waiting.expired(); });
    waiting_.push_back(first);
    return net::Responder(std::move(first));
}

void StoreWatch::run() {
    std::unique_lock lock(waiting_mutex_);
    while (!stop_.wait_for(lock, kLook, [this] { return stopping_; })) {
        lock.unlock();
        util::succeeds([this] { look(); });  // without memory, the next look
        lock.lock();
    }
}

void StoreWatch::look() {
    const std::string problem = this->problem();
    if (problem.empty()) {
        if (std::exchange(told_, false)) log_.info("the database answers again");
        return;
    }
    if (!std::exchange(told_, true))
        log_.error("the database does not answer: the gateway is not ready", {{"reason", problem}});
    excuseAll(problem);
}

void StoreWatch::excuseAll(const std::string& problem) {
    std::vector<std::shared_ptr<FirstAnswer>> waiting;
    {
        const std::lock_guard lock(waiting_mutex_);
        waiting.reserve(waiting_.size());
        for (const auto& each : waiting_)
            if (auto one = each.lock()) waiting.push_back(std::move(one));
    }
    for (const auto& one : waiting) one->excuse(problem);
}

}  // namespace postbell::app
