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

/// Names that wait for a thread. Beyond, whoever asks is told so at once.
constexpr std::size_t kMaxWaiting = 1'000;

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

/// What a thread that has found something knocks at.
struct HostLookup::Door {
    std::mutex mutex;
    Loop* loop = nullptr;  ///< null: closed
    Resolver resolve;      ///< not changed any more once there are threads
};

HostLookup::HostLookup(Loop& loop, std::size_t max_threads, Resolver resolver)
    : door_(std::make_shared<Door>()), max_threads_(max_threads) {
    door_->loop = &loop;
    door_->resolve = std::move(resolver);
}

HostLookup::~HostLookup() {
    const std::lock_guard lock(door_->mutex);
    door_->loop = nullptr;
}

void HostLookup::find(const std::string& host, const void* who, Done done) {
    const auto [search, is_new] = searches_.try_emplace(host);
    search->second[who] = std::move(done);
    if (!is_new) return;
    if (running_ < max_threads_) return start(host);
    if (queue_.size() == kMaxWaiting) dropForgotten();
    if (queue_.size() < kMaxWaiting) return queue_.push_back(host);
    ++running_;
    failLater(host, "too many other names are being looked up");
}

void HostLookup::forget(const void* who) {
    // The search goes on: it cannot be broken off, and who asks again joins it.
    for (auto& [host, waiting] : searches_) waiting.erase(who);
}

void HostLookup::dropForgotten() {
    std::erase_if(queue_, [this](const std::string& host) {
        const auto search = searches_.find(host);
        if (!search->second.empty()) return false;
        searches_.erase(search);
        return true;
    });
}

void HostLookup::start(const std::string& host) {
    ++running_;
    const auto look = [this, host, door = door_] {
        Addresses addresses;
        std::string problem = door->resolve(host, addresses);
        const std::lock_guard lock(door->mutex);
        if (door->loop == nullptr) return;
        door->loop->post([this, host, addresses = std::move(addresses),
                          problem = std::move(problem)] { found(host, addresses, problem); });
    };
    try {
        std::thread(look).detach();
    } catch (const std::system_error& error) {
        failLater(host, error.what());
    }
}

void HostLookup::failLater(const std::string& host, const std::string& problem) {
    const std::lock_guard lock(door_->mutex);
    door_->loop->post([this, host, problem] { found(host, {}, problem); });
}

void HostLookup::found(const std::string& host, const Addresses& addresses,
                       const std::string& problem) {
    --running_;
    const auto search = searches_.extract(host);
    while (!queue_.empty() && running_ < max_threads_) {
        const std::string next = std::move(queue_.front());
        queue_.pop_front();
        if (searches_.at(next).empty())
            searches_.erase(next);
        else
            start(next);
    }
    for (const auto& [who, done] : search.mapped()) done(addresses, problem);
}

}  // namespace postbell::engine
