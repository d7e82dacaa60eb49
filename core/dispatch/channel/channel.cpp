// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/channel.h"

#include <algorithm>
#include <utility>

#include "util/insist.h"
#include "util/real_time.h"

namespace postbell::dispatch {
namespace {

// Push services answer within a second, also when they are busy.
constexpr std::chrono::seconds kPromptAnswer{5};

void add(engine::PoolStats& sum, const engine::PoolStats& one) {
    sum.connected += one.connected;
    sum.open_streams += one.open_streams;
    sum.connects += one.connects;
    sum.connect_failures += one.connect_failures;
    sum.goaways += one.goaways;
    sum.resent += one.resent;
}

}  // namespace

void Destination::answered(std::uint64_t tag, const engine::Answer& answer) {
    channel.answered(*this, tag, answer);
}

void Destination::ready() {
    channel.owner_.ready(channel, *this);
}

Channel::Channel(Upload upload, std::unique_ptr<Session> session, CredentialGuard guard,
                 const Network& network, const ConnectionOpener& open, ChannelOwner& owner)
    : upload_(upload),
      network_(network),
      open_connections_(open),
      owner_(owner),
      session_(std::move(session)),
      guard_(std::move(guard)) {}

Channel::~Channel() = default;

Destination* Channel::destination(std::string_view origin) {
    if (last_ != nullptr && last_->origin == origin) return last_;
    auto found = destinations_.find(origin);
    if (found == destinations_.end()) {
        const auto named_by = network_.namedBy(origin);
        if (!named_by) throw OriginRefused(named_by.problem());
        const Access access{*named_by, static_cast<std::uint64_t>(upload_.credential)};
        if (!makeRoomForPool(Standing::Unproven)) return nullptr;
        if (destinations_.size() >= kMaxDestinations) makeRoomForDestination();
        found = destinations_.emplace(origin, std::make_unique<Destination>(*this, origin, access))
                    .first;
        found->second->used = sent_;
        try {
            openPool(*found->second);
        } catch (...) {
            destinations_.erase(found);
            throw;
        }
    }
    last_ = found->second.get();
    return last_;
}

void Channel::makeRoomForDestination() {
    // A gate that fails is remembered longer than one that is open: it protects its origin.
    const auto rank = [](const Destination& destination) {
        return std::pair(destination.gate.failing(), destination.used);
    };
    auto least = destinations_.end();
    for (auto at = destinations_.begin(); at != destinations_.end(); ++at)
        if (at->second->idle() &&
            (least == destinations_.end() || rank(*at->second) < rank(*least->second)))
            least = at;
    if (least == destinations_.end()) return;
    closePool(*least->second);
    if (last_ == least->second.get()) last_ = nullptr;
    destinations_.erase(least);
}

void Channel::closePool(Destination& destination) {
    if (!destination.pool) return;
    engine::PoolStats stats = destination.pool->stats();
    stats.connected = stats.open_streams = 0;
    add(closed_, stats);
    destination.pool.reset();
    std::erase(open_, &destination);
}

bool Channel::isFull(Standing standing) const {
    if (standing == Standing::Prompt || open_.size() >= kMaxPools) return open_.size() >= kMaxPools;
    const auto unproven = std::count_if(
        open_.begin(), open_.end(),
        [](const Destination* destination) { return destination->standing == Standing::Unproven; });
    return static_cast<std::size_t>(unproven) >= kMaxUnprovenPools;
}

Destination* Channel::dispensable(Standing standing) const {
    // An origin that did not answer soon goes first. One that did goes for its like, and for a new
    // one while those have not had their part.
    const bool only_unproven = standing == Standing::Unproven && open_.size() < kMaxPools;
    const auto rank = [](const Destination& destination) {
        return std::pair(destination.standing, destination.used);
    };
    Destination* least = nullptr;
    for (Destination* destination : open_)
        if (destination->idle() && !(only_unproven && destination->standing == Standing::Prompt) &&
            (least == nullptr || rank(*destination) < rank(*least)))
            least = destination;
    return least;
}

bool Channel::hasRoom(Standing standing) const {
    return !isFull(standing) || dispensable(standing) != nullptr;
}

bool Channel::makeRoomForPool(Standing standing) {
    if (!isFull(standing)) return true;
    Destination* const least = dispensable(standing);
    if (least != nullptr) closePool(*least);
    return least != nullptr;
}

unsigned Channel::slots(Destination& destination) {
    if (draining_) return 0;
    openPool(destination);
    return destination.pool ? destination.pool->slots() : 0;
}

void Channel::openPool(Destination& destination) {
    if (destination.pool || !makeRoomForPool(destination.standing)) return;
    open_.reserve(open_.size() + 1);  // below, nothing may fail once there is a pool
    destination.pool = open_connections_(
        destination.origin, destination.access,
        destination.access.trusted() ? session_->identity() : nullptr, destination);
    open_.push_back(&destination);
}

void Channel::encodeBesideLoop(Flight&& flight) {
    auto encoding = std::make_unique<Flight>(std::move(flight));
    session_->encodeBesideLoop(encoding->content.view(),
                               [this](provider::Encoded& request) { encodingEnded(request); });
    // After the call: an exception on the way leaves the channel free for the next push.
    encoding_ = std::move(encoding);
    if (encoding_->probe_of.guard) guard_.probeBegun();
}

void Channel::encodingEnded(provider::Encoded& request) {
    const auto flight = std::exchange(encoding_, nullptr);
    if (flight->probe_of.guard) guard_.probeEnded();
    owner_.encodingEnded(*this, std::move(*flight), request);
    for (const Kept& kept : std::exchange(kept_, {}))
        handOver(*kept.destination, kept.tag, kept.answer.view());
}

void Channel::submit(Destination& destination, provider::Encoded& request, Flight&& flight) {
    const store::StoredAuthorization& authorization = session_->authorization();
    if (!authorization.name.empty() && destination.access.trusted())
        request.headers.push_back({authorization.name, authorization.value, true, false});
    const ProbeOf probe_of = flight.probe_of;
    flight.destination = &destination;
    destination.used = ++sent_;
    const std::uint64_t tag = flights_.add(std::move(flight));
    try {
        destination.pool->submit({request.method, request.path, request.headers, request.body},
                                 tag);
    } catch (...) {
        flights_.take(tag);
        throw;
    }
    ++destination.flights;
    if (probe_of.gate) destination.gate.probeBegun();
    if (probe_of.guard) guard_.probeBegun();
}

void Channel::answered(Destination& destination, std::uint64_t tag, const engine::Answer& answer) {
    if (!encoding()) return handOver(destination, tag, answer);
    const bool kept = util::succeeds([&] {
        kept_.push_back({&destination, tag, provider::KeptAnswer(answer)});
    });
    if (kept) return;
    // No session is needed to see that there was no answer: the push is tried again.
    engine::Answer lost;
    lost.failure = engine::Failure::Lost;
    lost.detail = util::kNoMemory;
    lost.connection = answer.connection;
    handOver(destination, tag, lost);
}

void Channel::handOver(Destination& destination, std::uint64_t tag, const engine::Answer& answer) {
    --destination.flights;
    Flight flight = flights_.take(tag);
    if (flight.probe_of.gate) destination.gate.probeEnded();
    if (flight.probe_of.guard) guard_.probeEnded();
    const bool prompt =
        answer.failure == engine::Failure::None && util::realNow() - flight.sent <= kPromptAnswer;
    destination.standing = prompt ? Standing::Prompt : Standing::Unproven;
    owner_.answered(*this, std::move(flight), answer);
}

void Channel::drain() {
    draining_ = true;
    for (Destination* destination : open_) destination->pool->drain();
}

void Channel::supersede() {
    superseded_ = true;
    drain();
    session_->retire();
}

engine::PoolStats Channel::stats() const {
    engine::PoolStats sum = closed_;
    for (const Destination* destination : open_) add(sum, destination->pool->stats());
    return sum;
}

bool Channel::originFailing() const {
    return std::any_of(destinations_.begin(), destinations_.end(),
                       [](const auto& entry) { return entry.second->gate.failing(); });
}

std::vector<FailingOrigin> Channel::failingOrigins() const {
    std::vector<FailingOrigin> failing;
    for (const auto& [origin, destination] : destinations_)
        if (destination->networksOwn() && destination->gate.failing())
            failing.push_back({origin, destination->gate.lastFailure()});
    return failing;
}

}  // namespace postbell::dispatch
