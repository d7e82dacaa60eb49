// SPDX-License-Identifier: Apache-2.0
#include "engine/host_lookup.h"

#include <netdb.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/loop.h"

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
    search->second[who] = std::move(done);
    if (!is_new) return;
    bool added = queue_.add(host, owner);
    if (!added) {
        dropForgotten();
        added = queue_.add(host, owner);
    }
    if (!added) return answerLater(host, {{}, "too many other names are being looked up", true});
    startWhatMay();
}

void HostLookup::forget(const void* who) {
    // The search goes on: it cannot be broken off, and who asks again joins it.
    for (auto& [host, waiting] : searches_) waiting.erase(who);
}

void HostLookup::dropForgotten() {
    std::erase_if(searches_, [this](const auto& search) {
        const auto& [host, waiting] = search;
        return waiting.empty() && queue_.remove(host);
    });
}

void HostLookup::startWhatMay() {
    while (const auto host = queue_.take()) {
        if (!searches_.at(*host).empty()) {
            start(*host);
            continue;
        }
        searches_.erase(*host);
        queue_.ended(*host, false);
    }
}

void HostLookup::start(const std::string& host) {
    const auto look = [this, host, door = door_, started = util::realNow()] {
        Found found;
        found.problem = door->resolve(host, found.addresses);
        const std::lock_guard lock(door->mutex);
        if (door->loop == nullptr) return;
        door->loop->post(
            [this, host, started, found = std::move(found)] { ended(host, started, found); });
    };
    try {
        std::thread(look).detach();
    } catch (const std::system_error& error) {
        queue_.ended(host, false);
        answerLater(host, {{}, error.what(), true});
    }
}

void HostLookup::answerLater(const std::string& host, Found found) {
    const std::lock_guard lock(door_->mutex);
    door_->loop->post([this, host, found = std::move(found)] { answer(host, found); });
}

void HostLookup::ended(const std::string& host, util::RealTime started, const Found& found) {
    queue_.ended(host, !found.addresses.empty() && util::realNow() - started <= kQuick);
    answer(host, found);
    startWhatMay();
}

void HostLookup::answer(const std::string& host, const Found& found) {
    const auto search = searches_.extract(host);
    for (const auto& [who, done] : search.mapped()) done(found);
}

}  // namespace postbell::engine
