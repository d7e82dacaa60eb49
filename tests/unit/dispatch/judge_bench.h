// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "dispatch/verdict/judge.h"
#include "unit/dispatch/lane_world.h"

namespace postbell::testing {

/// Hears nothing.
struct SilentOwner final : dispatch::ChannelOwner {
    void answered(dispatch::Channel&, dispatch::Flight, const engine::Answer&) override {}
    void encodingEnded(dispatch::Channel&, dispatch::Flight, provider::Encoded&) override {}
    void ready(dispatch::Channel&, dispatch::Destination&) override {}
};

/// A judge of app 1, and the answers to pushes of its channel.
struct JudgeBench : LaneParts {
    dispatch::DeviceQueue queue{clock, around.settings.quiet_delay};
    dispatch::PushJournal journal{push_metrics, store_trouble, log};
    dispatch::SettlementWriter settlements{1, store::Environment::None, settle};
    dispatch::Consequences consequences{{clock, events, queue, journal, settlements},
                                        around.settings.retry_max};
    dispatch::Judge judge{{journal, consequences, around.note_outcome}};
    SilentOwner owner;
    dispatch::Channel channel{
        {1, 1}, std::make_unique<FakeSession>(behaviour), {}, networks, around.open_connections,
        owner};
    dispatch::CredentialGuard& guard = channel.guard();
    dispatch::Destination& destination = *channel.destination("https://push.example");

    JudgeBench() { journal.names(directory.apps[1], "push"); }

    dispatch::Device& device(store::Id id) {
        dispatch::Device& device = queue.at(id);
        if (device.waiting.empty()) device.waiting.emplace_back(mail(id));
        return device;
    }
    dispatch::Flight flight(store::Id id) {
        dispatch::Flight flight;
        flight.device = id;
        flight.generation = device(id).waiting[0].row().generation;
        flight.destination = &destination;
        flight.content.target = events.targets[id];
        flight.authorization = channel.authorizationInUse();
        return flight;
    }
    /// The device was delivered to before the gateway started.
    void proven(store::Id id) {
        device(id).token.pushesTo(events.targets[id].token_at,
                                  clock.wall() - std::chrono::hours(1));
    }
    void answered(store::Id id, int status) {
        engine::Answer answer;
        answer.status = status;
        answer.connection = 8;
        judge.answered(channel, device(id), flight(id), answer, now());
    }
    void unanswered(store::Id id, engine::Failure failure) {
        engine::Answer answer;
        answer.failure = failure;
        answer.detail = "no destination to host";
        judge.answered(channel, device(id), flight(id), answer, now());
    }
    util::SteadyTime notBefore(store::Id id) { return queue.at(id).notBefore(); }
};

}  // namespace postbell::testing
