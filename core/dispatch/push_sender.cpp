// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push_sender.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "store/store_error.h"

namespace postbell::dispatch {
namespace {

// How long devices of one origin stand back while its probe is under way, or all pools are busy.
constexpr util::Milliseconds kProbePatience{1'000};
constexpr util::Milliseconds kPoolPatience{1'000};

}  // namespace

PushSender::PushSender(const Parts& parts, const util::Clock& clock, const CountReader& read_count)
    : parts_(parts), clock_(clock), read_count_(read_count) {}

PushSender::Sent PushSender::send(Channel& channel, Device& device, bool guard_probe,
                                  const Now& now) {
    Waiting* waiting = parts_.queue.first(device, now.wall);
    if (waiting == nullptr) return Sent::Removed;
    // Thousands of devices may wait for a pool: nothing is read for them before there is room.
    if (device.without_pool && !channel.hasRoom(*device.without_pool)) {
        waitForPool(device, *device.without_pool);
        return Sent::Waits;
    }
    device.without_pool.reset();
    Step step{channel, device, *waiting, now, {}};
    step.flight.guard_probe = guard_probe;
    return guarded(device, waiting->trace(waiting->nextPart()), [&] { return compose(step); });
}

template <class Work>
PushSender::Sent PushSender::guarded(Device& device, util::Trace trace, Work work) {
    try {
        return work();
    } catch (const store::StoreError& e) {
        parts_.queue.wait(device, storeRetry(clock_));
        parts_.journal.storeAway(e.what());
    } catch (const std::exception& e) {
        parts_.consequences.wait(device);
        parts_.journal.fault(trace, e.what());
    }
    return Sent::Waits;
}

void PushSender::waitForPool(Device& device, bool prompt) {
    device.without_pool = prompt;
    parts_.queue.wait(device, kPoolPatience);
}

PushSender::Sent PushSender::compose(Step& step) {
    auto& [channel, device, waiting, now, flight] = step;
    switch (parts_.composer.compose(device, waiting, !flight.guard_probe, now.wall, flight)) {
        case PushComposer::Result::Ready:
            return standsBack(step) ? Sent::Waits : encode(step);
        case PushComposer::Result::RegistrationGone:
            parts_.journal.dropped(waiting, PushMetrics::Drop::RegistrationGone);
            return forget(device, waiting);
        case PushComposer::Result::Moved:
            parts_.journal.moved(waiting);
            return forget(device, waiting);
        case PushComposer::Result::DeviceGone:
            parts_.consequences.drop(waiting, PushMetrics::Drop::DeviceGone);
            return Sent::Removed;
        case PushComposer::Result::AppOff:
            parts_.consequences.drop(waiting, PushMetrics::Drop::AppOff);
            return Sent::Removed;
        case PushComposer::Result::CountFirst:
            readCount(device, waiting, flight.content.target.mailbox_state);
            return Sent::Waits;
    }
    return Sent::Waits;
}

bool PushSender::standsBack(const Step& step) {
    const store::PushTarget& target = step.flight.content.target;
    step.device.proven_at = std::max(step.device.proven_at, target.registration.device_proven_at);
    const bool called_foreign = step.channel.guard().counts(target.first_foreign_at);
    if (step.flight.guard_probe || !called_foreign || step.device.foreign.words > 0) return false;
    step.device.calledForeign(step.now.steady);
    return step.device.isDoubtful();
}

PushSender::Sent PushSender::forget(Device& device, const Waiting& waiting) {
    device.waiting.erase(device.waiting.begin() + (&waiting - device.waiting.data()));
    return Sent::Removed;
}

PushSender::Sent PushSender::encode(Step& step) {
    // An origin that the device named is known before: while it waits, nothing is encoded for it.
    const std::string& named = step.flight.content.target.origin;
    if (!named.empty() && !enterNamed(step, named)) return Sent::Waits;
    Session& session = step.channel.session();
    if (!session.encodesBesideLoop())
        return encoded(step, session.encode(step.flight.content.view()));
    encodeBesideLoop(step);
    return Sent::Encoding;
}

bool PushSender::enterNamed(Step& step, std::string_view origin) {
    try {
        return enter(step, origin) != nullptr;
    } catch (const OriginRefused& e) {
        // The origin was allowed when the device registered.
        parts_.journal.addressForbidden(e.what());
        parts_.consequences.wait(step.device, {{}, kForbiddenPause});
        return false;
    }
}

void PushSender::encodeBesideLoop(Step& step) {
    auto& [channel, device, waiting, now, flight] = step;
    flight.authorization = channel.authorizationInUse();
    channel.encodeBesideLoop(std::move(flight));
    // After the call: an exception on the way leaves everything as it was.
    device.in_flight = true;  // until it is encoded, no other push leaves for the device
}

PushSender::Sent PushSender::encoded(Channel& channel, Flight&& flight,
                                     provider::Encoded& encoded) {
    Device& device = parts_.queue.at(flight.device);
    device.in_flight = false;
    const PutBack put_back(parts_.queue, device);
    Waiting* waiting = device.find(flight.content.target.registration.id);
    const bool outdated =
        channel.draining() || flight.authorization != channel.authorizationInUse();
    if (waiting == nullptr || outdated) return Sent::Removed;
    const Now now{clock_.wall(), clock_.steady()};
    const util::Trace trace = flight.trace;
    Step step{channel, device, *waiting, now, std::move(flight)};
    return guarded(device, trace, [&] { return this->encoded(step, encoded); });
}

PushSender::Sent PushSender::encoded(Step& step, provider::Encoded& encoded) {
    const Flight& flight = step.flight;
    switch (encoded.result) {
        case provider::Encoded::Result::Ready:
            return launch(step, encoded);
        case provider::Encoded::Result::Later:
            parts_.consequences.wait(step.device);
            return Sent::Waits;
        case provider::Encoded::Result::Never:
            parts_.journal.neverEncoded(flight.trace, encoded.problem);
            parts_.consequences.drop(step.waiting, PushMetrics::Drop::NotEncoded);
            return Sent::Removed;
        case provider::Encoded::Result::Defect:
            throw std::runtime_error(encoded.problem);
    }
    throw std::runtime_error("it encoded a push with a result that does not exist");
}

Destination* PushSender::enter(Step& step, std::string_view origin) {
    auto& [channel, device, waiting, now, flight] = step;
    Destination* destination = channel.destination(origin);
    if (destination == nullptr) {
        waitForPool(device, false);
        return nullptr;
    }
    const Admission gate = destination->gate.admit(now.steady);
    if (gate.kind == Admission::Kind::WaitUntil) {
        const auto pause = gate.until == kUntilAnswered
                               ? kProbePatience
                               : std::chrono::ceil<util::Milliseconds>(gate.until - now.steady);
        parts_.queue.wait(device, pause, &destination->gate);
        return nullptr;
    }
    if (channel.slots(*destination) == 0) {
        if (destination->pool) {  // its ready() will come
            destination->without_slot.push_back(device.id);
            parts_.queue.waitForSlot(device);
        } else {
            waitForPool(device, destination->prompt);
        }
        return nullptr;
    }
    flight.gate_probe = gate.kind == Admission::Kind::Probe;
    return destination;
}

PushSender::Sent PushSender::launch(Step& step, provider::Encoded& encoded) {
    auto& [channel, device, waiting, now, flight] = step;
    Destination* const destination = enter(step, encoded.origin);
    if (destination == nullptr) return Sent::Waits;
    flight.authorization = channel.authorizationInUse();
    flight.sent = util::realNow();
    parts_.journal.sent(flight);
    const PushJournal::Attempt attempt(flight);
    channel.submit(*destination, encoded, std::move(flight));
    // After submit(): an exception on the way leaves everything as it was.
    device.in_flight = true;
    waiting.attempts = attempt.number;
    waiting.counted = {};
    parts_.journal.counted(waiting, attempt);
    return Sent::Yes;
}

void PushSender::readCount(Device& device, const Waiting& waiting,
                           const store::MailboxState& mailbox) {
    const store::Pending& row = waiting.row();
    read_count_(mailbox, waiting.changed,
                parts_.turns.handler([this, device = device.id, registration = row.registration,
                                      generation = row.generation](std::int32_t count) {
                    counted(device, registration, {generation, count});
                }));
    device.in_flight = true;  // until the count is there, no push leaves for the device
}

void PushSender::counted(store::Id id, store::Id registration, Waiting::Counted counted) {
    Device* device = parts_.queue.find(id);
    if (device == nullptr) return;
    if (Waiting* waiting = device->find(registration)) waiting->counted = counted;
    parts_.queue.landed(*device);
}

}  // namespace postbell::dispatch
