// SPDX-License-Identifier: Apache-2.0
#include "engine/host_lookup.h"

#include <netdb.h>

#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/loop.h"
#include "util/insist.h"

namespace postbell::engine {
namespace {

/// Name servers answer within a second, unless a packet is lost or they are silent.
constexpr std::chrono::seconds kQuick{2};

}  // namespace

std::string systemResolver(const std::string& host, HostLookup::Addresses& out) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (error != 0) return ::gai_strerror(error);
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next)
        if (const auto address = IpAddress::from(*entry->ai_addr)) out.push_back(*address);
    ::freeaddrinfo(list);
    return out.empty() ? "the resolver gave no address" : "";
}

/// The way back to the loop for a thread that has an answer, if the loop is still there.
struct HostLookup::Door {
    std::mutex mutex;
    Loop* loop = nullptr;  ///< null: closed
    Resolver resolve;      ///< not changed any more once there are threads
};

HostLookup::HostLookup(Loop& loop, LookupShares shares, Resolver resolver)
    : door_(std::make_shared<Door>()), queue_(shares) {
    door_->loop = &loop;
    door_->resolve = std::move(resolver);
}

HostLookup::~HostLookup() {
    const std::lock_guard lock(door_->mutex);
    door_->loop = nullptr;
}

void HostLookup::find(const std::string& host, const void* who, std::uint64_t owner, Done done) {
    const auto [search, is_new] = searches_.try_emplace(host);
    // From here on nothing may be left half done: later callers join the search.
    util::insist([&, &waiting = search->second] { waiting[who] = done; });
    if (!is_new) return;
    if (!enqueue(host, owner)) {
        dropForgotten();
        if (!enqueue(host, owner))
            return answerLater(host, {{}, "too many other names are being looked up", true});
    }
    startWhatMay();
}

bool HostLookup::enqueue(const std::string& host, std::uint64_t owner) {
    bool added = false;
    util::insist([&] { added = queue_.add(host, owner); });
    return added;
}

void HostLookup::forget(const void* who) {
    // The search goes on: it cannot be broken off, and later callers join it.
    for (auto& [host, waiting] : searches_) waiting.erase(who);
}

void HostLookup::dropForgotten() {
    std::erase_if(searches_, [this](const auto& search) {
        const auto& [host, waiting] = search;
        return waiting.empty() && queue_.remove(host);
    });
}

void HostLookup::startWhatMay() {
    while (true) {
        std::optional<std::string> host;
        util::insist([&] { host = queue_.take(); });
        if (!host) return;
        if (!searches_.at(*host).empty()) {
            start(*host);
            continue;
        }
        searches_.erase(*host);
        leaveQueue(*host, LookupQueue::Pace::Slow);
    }
}

/// Without memory the queue forgets only that a name was quick.
void HostLookup::leaveQueue(const std::string& host, LookupQueue::Pace pace) {
    util::succeeds([&] { queue_.ended(host, pace); });
}

void HostLookup::start(const std::string& host) {
    std::string problem;
    util::insist([&] {
        try {
            std::thread([this, host, door = door_] { look(this, *door, host); }).detach();
        } catch (const std::system_error& error) {
            problem = error.what();
        }
    });
    if (problem.empty()) return;
    leaveQueue(host, LookupQueue::Pace::Slow);
    answerLater(host, {{}, problem, true});
}

/// On a thread of its own. `lookup` is there as long as the door is open.
void HostLookup::look(HostLookup* lookup, Door& door, const std::string& host) noexcept {
    const util::RealTime started = util::realNow();
    util::insist([&] {
        Found found;
        found.problem = door.resolve(host, found.addresses);
        const std::lock_guard lock(door.mutex);
        if (door.loop == nullptr) return;
        door.loop->post([lookup, host, started, found = std::move(found)] {
            lookup->ended(host, started, found);
        });
    });
}

void HostLookup::answerLater(const std::string& host, Found found) {
    const std::lock_guard lock(door_->mutex);
    util::insist([&] { door_->loop->post([this, host, found] { answer(host, found); }); });
}

void HostLookup::ended(const std::string& host, util::RealTime started, const Found& found) {
    const bool quick = !found.addresses.empty() && util::realNow() - started <= kQuick;
    leaveQueue(host, quick ? LookupQueue::Pace::Quick : LookupQueue::Pace::Slow);
    answer(host, found);
    startWhatMay();
}

void HostLookup::answer(const std::string& host, const Found& found) {
    const auto search = searches_.extract(host);
    for (const auto& [who, done] : search.mapped()) done(found);
}

}  // namespace postbell::engine
