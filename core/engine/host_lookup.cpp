// SPDX-License-Identifier: Apache-2.0
#include "engine/host_lookup.h"

#include <boost/asio/ip/tcp.hpp>

#include <netdb.h>

#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/loop.h"

namespace postbell::engine {
namespace {

constexpr std::size_t kMostAtOnce = 16;

std::string resolve(const std::string& host, HostLookup::Addresses& out) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (error != 0) return ::gai_strerror(error);
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        boost::asio::ip::tcp::endpoint endpoint;
        if (entry->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
        endpoint.resize(entry->ai_addrlen);
        out.push_back(endpoint.address());
    }
    ::freeaddrinfo(list);
    return out.empty() ? "the resolver gave no address" : "";
}

}  // namespace

/// What a thread that has found something knocks at.
struct HostLookup::Door {
    std::mutex mutex;
    Loop* loop = nullptr;  ///< null: closed
};

HostLookup::HostLookup(Loop& loop) : door_(std::make_shared<Door>()) {
    door_->loop = &loop;
}

HostLookup::~HostLookup() {
    const std::lock_guard lock(door_->mutex);
    door_->loop = nullptr;
}

void HostLookup::find(const std::string& host, const void* who, Done done) {
    const auto [search, is_new] = searches_.try_emplace(host);
    search->second[who] = std::move(done);
    if (!is_new) return;
    if (running_ == kMostAtOnce)
        queue_.push_back(host);
    else
        start(host);
}

void HostLookup::forget(const void* who) {
    // The search goes on: it cannot be broken off, and who asks again joins it.
    for (auto& [host, waiting] : searches_) waiting.erase(who);
}

void HostLookup::start(const std::string& host) {
    ++running_;
    const auto look = [this, host, door = door_] {
        Addresses addresses;
        std::string problem = resolve(host, addresses);
        const std::lock_guard lock(door->mutex);
        if (door->loop == nullptr) return;
        door->loop->post([this, host, addresses = std::move(addresses),
                          problem = std::move(problem)] { found(host, addresses, problem); });
    };
    try {
        std::thread(look).detach();
    } catch (const std::system_error& error) {
        const std::lock_guard lock(door_->mutex);
        door_->loop->post(
            [this, host, problem = std::string(error.what())] { found(host, {}, problem); });
    }
}

void HostLookup::found(const std::string& host, const Addresses& addresses,
                       const std::string& problem) {
    --running_;
    const auto search = searches_.extract(host);
    while (!queue_.empty() && running_ < kMostAtOnce) {
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
