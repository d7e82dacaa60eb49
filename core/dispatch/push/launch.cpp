// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/launch.h"

#include <optional>
#include <utility>

namespace postbell::dispatch {
namespace {

using Result = Launch::Result;

/// Where a push goes, and its obstacle on the way.
struct Way {
    Destination* destination = nullptr;
    std::optional<Launch> obstacle;
};

Way blocked(Result result, Destination* destination, util::SteadyTime gate_opens = {}) {
    return {destination, Launch{result, destination, gate_opens, {}}};
}

Way wayTo(std::string_view origin, Channel& channel, Flight& flight, util::SteadyTime now) {
    Destination* const destination = channel.destination(origin);
    if (destination == nullptr) return blocked(Result::NoPool, nullptr);
    // A trial push passes a closed gate: the admin asks for the origin's own answer.
    const Admission gate = flight.isTrial() ? Admission() : destination->gate.admit(now);
    flight.probe_of.gate = gate.kind == Admission::Kind::Probe;
    if (gate.kind == Admission::Kind::WaitUntil)
        return blocked(Result::GateClosed, destination, gate.until);
    if (channel.slots(*destination) == 0)
        return blocked(destination->pool ? Result::NoSlot : Result::NoPool, destination);
    return {destination, {}};
}

/// An origin that the device named is known before: while it waits, nothing is encoded for it.
std::optional<Launch> obstacleToNamed(std::string_view origin, Channel& channel, Flight& flight,
                                      util::SteadyTime now) {
    try {
        return wayTo(origin, channel, flight, now).obstacle;
    } catch (const OriginRefused& e) {
        // The origin was allowed when the device registered.
        return Launch{Result::OriginForbidden, nullptr, {}, e.what()};
    }
}

Launch submit(Channel& channel, PushJournal& journal, Flight& flight, provider::Encoded& request,
              util::SteadyTime now) {
    Way way = wayTo(request.origin, channel, flight, now);
    if (way.obstacle) return *std::move(way.obstacle);
    flight.authorization = channel.authorizationInUse();
    flight.sent = util::realNow();
    journal.sent(flight);
    channel.submit(*way.destination, request, std::move(flight));
    return {Result::Sent, way.destination, {}, {}};
}

}  // namespace

Launch launch(Channel& channel, PushJournal& journal, Flight& flight, util::SteadyTime now) {
    if (const std::string& named = flight.content.target.origin; !named.empty()) {
        if (auto obstacle = obstacleToNamed(named, channel, flight, now))
            return *std::move(obstacle);
    }
    Session& session = channel.session();
    if (!session.encodesBesideLoop())
        return launchEncoded(channel, journal, flight, session.encode(flight.content.view()), now);
    flight.authorization = channel.authorizationInUse();
    channel.encodeBesideLoop(std::move(flight));
    return {Result::Encoding, nullptr, {}, {}};
}

Launch launchEncoded(Channel& channel, PushJournal& journal, Flight& flight,
                     provider::Encoded& request, util::SteadyTime now) {
    switch (request.result) {
        case provider::Encoded::Result::Ready:
            return submit(channel, journal, flight, request, now);
        case provider::Encoded::Result::Later:
            return {Result::NotNow, nullptr, {}, request.problem};
        case provider::Encoded::Result::Never:
            return {Result::Never, nullptr, {}, request.problem};
        case provider::Encoded::Result::Defect:
            return {Result::Defect, nullptr, {}, request.problem};
    }
    return {Result::Defect, nullptr, {}, "it encoded a push with a result that does not exist"};
}

}  // namespace postbell::dispatch
