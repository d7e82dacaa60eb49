// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel.h"

#include <algorithm>
#include <utility>

namespace postbell::dispatch {
namespace {

void add(engine::PoolStats& sum, const engine::PoolStats& one) {
    sum.connected += one.connected;
    sum.open_streams += one.open_streams;
    sum.connects += one.connects;
    sum.connect_failures += one.connect_failures;
    sum.goaways += one.goaways;
    sum.resent += one.resent;
}

}  // namespace

void Route::answered(std::uint64_t tag, const engine::Answer& answer) {
    channel.answered(*this, tag, answer);
}

void Route::ready() {
    channel.owner_.ready(channel, *this);
}

Channel::Channel(Upload upload, std::unique_ptr<Session> session, const Network& network,
                 const ConnectionOpener& open, ChannelOwner& owner)
    : upload_(upload),
      network_(network),
      open_connections_(open),
      owner_(owner),
      session_(std::move(session)) {}

Channel::~Channel() = default;

Route* Channel::route(std::string_view origin) {
    if (last_ != nullptr && last_->origin == origin) return last_;
    auto found = routes_.find(origin);
    if (found == routes_.end()) {
        const auto access = network_.access(origin);
        if (!access) throw OriginRefused(access.problem());
        if (open_.size() >= kMaxPools && !makeRoomForPool()) return nullptr;
        if (routes_.size() >= kMaxRoutes) makeRoomForRoute();
        auto made = std::make_unique<Route>(*this, origin, *access);
        made->used = sent_;
        openPool(*made);
        found = routes_.emplace(origin, std::move(made)).first;
    }
    last_ = found->second.get();
    return last_;
}

void Channel::makeRoomForRoute() {
    // A gate that fails is remembered longer than one that is open: it protects its origin.
    const auto rank = [](const Route& route) {
        return std::pair(route.gate.failing(), route.used);
    };
    auto least = routes_.end();
    for (auto at = routes_.begin(); at != routes_.end(); ++at)
        if (at->second->idle() &&
            (least == routes_.end() || rank(*at->second) < rank(*least->second)))
            least = at;
    if (least == routes_.end()) return;
    closePool(*least->second);
    if (last_ == least->second.get()) last_ = nullptr;
    routes_.erase(least);
}

void Channel::closePool(Route& route) {
    if (!route.pool) return;
    engine::PoolStats stats = route.pool->stats();
    stats.connected = stats.open_streams = 0;
    add(closed_, stats);
    route.pool.reset();
    std::erase(open_, &route);
}

Route* Channel::idlePool() const {
    Route* least = nullptr;
    for (Route* route : open_)
        if (route->idle() && (least == nullptr || route->used < least->used)) least = route;
    return least;
}

bool Channel::hasRoom() const {
    return open_.size() < kMaxPools || idlePool() != nullptr;
}

bool Channel::makeRoomForPool() {
    Route* const least = idlePool();
    if (least != nullptr) closePool(*least);
    return least != nullptr;
}

unsigned Channel::slots(Route& route) {
    if (draining_) return 0;
    openPool(route);
    return route.pool ? route.pool->slots() : 0;
}

void Channel::openPool(Route& route) {
    if (route.pool || (open_.size() >= kMaxPools && !makeRoomForPool())) return;
    route.pool = open_connections_(route.origin, route.access, session_->identity(), route);
    open_.push_back(&route);
}

void Channel::encodeBesideLoop(Flight&& flight, EncodedDone done) {
    encoding_ = std::make_unique<Flight>(std::move(flight));
    session_->encodeBesideLoop(encoding_->content.view(),
                               [this, done = std::move(done)](provider::Encoded& encoded) {
                                   const auto encoded_flight = std::exchange(encoding_, nullptr);
                                   done(std::move(*encoded_flight), encoded);
                               });
}

void Channel::submit(Route& route, provider::Encoded& push, Flight&& flight) {
    const store::StoredAuthorization& authorization = session_->authorization();
    if (!authorization.name.empty())
        push.headers.push_back({authorization.name, authorization.value, true, false});
    flight.route = &route;
    ++route.flights;
    route.used = ++sent_;
    route.pool->submit({push.method, push.path, push.headers, push.body},
                       flights_.add(std::move(flight)));
}

void Channel::answered(Route& route, std::uint64_t tag, const engine::Answer& answer) {
    --route.flights;
    owner_.answered(*this, flights_.take(tag), answer);
}

void Channel::drain() {
    draining_ = true;
    for (Route* route : open_) route->pool->drain();
}

engine::PoolStats Channel::stats() const {
    engine::PoolStats sum = closed_;
    for (const Route* route : open_) add(sum, route->pool->stats());
    return sum;
}

bool Channel::originFailing() const {
    return std::any_of(routes_.begin(), routes_.end(),
                       [](const auto& entry) { return entry.second->gate.failing(); });
}

}  // namespace postbell::dispatch
