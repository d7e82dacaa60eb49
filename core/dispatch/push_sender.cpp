// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push_sender.h"

#include <stdexcept>
#include <utility>

#include "store/store_error.h"

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kStoreRetry{1'000};
// How long devices of one origin stand back while its probe is under way, or all pools are busy.
constexpr util::Milliseconds kProbePatience{1'000};
constexpr util::Milliseconds kPoolPatience{1'000};

}  // namespace

PushSender::PushSender(const LaneContext& context, Judge& judge, std::function<void()> wake)
    : context_(context),
      parts_(judge.parts()),
      judge_(judge),
      wake_(std::move(wake)),
      composer_(context.events, context.traces, context.life_clock_of, bool(context.read_count)) {}

PushSender::Sent PushSender::send(Channel& channel, Device& device, bool guard_probe,
                                  const Now& now) {
    Waiting* waiting = device.first(context_.settings.quiet_delay, now.wall);
    if (waiting == nullptr) return Sent::Removed;
    Step step{channel, device, *waiting, now, {}};
    step.flight.guard_probe = guard_probe;
    const util::Trace trace = waiting->trace(waiting->nextPart());
    try {
        return compose(step);
    } catch (const store::StoreError& e) {
        parts_.journal.storeAway(e.what());
        parts_.queue.wait(device, kStoreRetry);
    } catch (const std::exception& e) {
        // Something that the plugin returned. It is this push's trouble, and no other's.
        parts_.journal.fault(trace, e.what());
        judge_.wait(device);
    }
    return waits(device);
}

PushSender::Sent PushSender::waits(Device& device) {
    parts_.queue.schedule(device);
    return Sent::Waits;
}

PushSender::Sent PushSender::compose(Step& step) {
    auto& [channel, device, waiting, now, flight] = step;
    switch (composer_.compose(device, waiting, !flight.guard_probe, now.wall, flight)) {
        case PushComposer::Result::Ready:
            return encode(step);
        case PushComposer::Result::RegistrationGone:
            parts_.journal.dropped(waiting, PushMetrics::Drop::RegistrationGone);
            device.waiting.erase(device.waiting.begin() + (&waiting - device.waiting.data()));
            parts_.queue.schedule(device);
            parts_.queue.removeIfDone(device);
            return Sent::Removed;
        case PushComposer::Result::DeviceGone:
            judge_.drop(device, waiting, PushMetrics::Drop::DeviceGone);
            return Sent::Removed;
        case PushComposer::Result::AppOff:
            judge_.drop(device, waiting, PushMetrics::Drop::AppOff);
            return Sent::Removed;
        case PushComposer::Result::CountFirst:
            readCount(device, waiting, flight.content.target.mailbox_state);
            return Sent::Waits;
    }
    return Sent::Waits;
}

PushSender::Sent PushSender::encode(Step& step) {
    const Flight& flight = step.flight;
    provider::Encoded& encoded = step.channel.session().encode(flight.content.view());
    switch (encoded.result) {
        case provider::Encoded::Result::Ready:
            return launch(step, encoded);
        case provider::Encoded::Result::Later:
            judge_.wait(step.device);
            return waits(step.device);
        case provider::Encoded::Result::Never:
            parts_.journal.neverEncoded(flight.trace, encoded.problem);
            judge_.drop(step.device, step.waiting, PushMetrics::Drop::NotEncoded);
            return Sent::Removed;
        case provider::Encoded::Result::Defect:
            throw std::runtime_error(encoded.problem);
    }
    throw std::runtime_error("it encoded a push with a result that does not exist");
}

PushSender::Sent PushSender::launch(Step& step, provider::Encoded& encoded) {
    auto& [channel, device, waiting, now, flight] = step;
    Route& route = channel.route(encoded.origin);
    const Admission gate = route.gate.admit(now.steady);
    if (gate.kind == Admission::Kind::WaitUntil) {
        const auto pause = gate.until == kUntilAnswered
                               ? kProbePatience
                               : std::chrono::ceil<util::Milliseconds>(gate.until - now.steady);
        parts_.queue.wait(device, pause, &route.gate);
        return waits(device);
    }
    if (channel.slots(route) == 0) {
        if (route.pool) {  // its ready() will come
            device.without_slot = true;
            route.without_slot.push_back(device.id);
            return Sent::Waits;
        }
        parts_.queue.wait(device, kPoolPatience);
        return waits(device);
    }
    flight.gate_probe = gate.kind == Admission::Kind::Probe;
    flight.authorization = parts_.guard.authorizationNumber();
    flight.sent = PushJournal::now();
    parts_.journal.sent(flight);
    const PushJournal::Attempt attempt(flight);
    const bool guard_probe = flight.guard_probe, gate_probe = flight.gate_probe;
    channel.submit(route, encoded, std::move(flight));
    // Only now: an exception on the way leaves everything as it was.
    if (gate_probe) route.gate.probing(true);
    if (guard_probe) parts_.guard.probing(true);
    device.in_flight = true;
    waiting.attempts = attempt.number;
    waiting.counted = {};
    parts_.journal.counted(waiting, attempt);
    return Sent::Yes;
}

void PushSender::readCount(Device& device, const Waiting& waiting,
                           const store::MailboxState& mailbox) {
    device.in_flight = true;  // nothing else leaves for it until the count is there
    const store::Pending& row = waiting.row();
    context_.read_count(
        mailbox, waiting.changed,
        [this, &loop = context_.loop, alive = std::weak_ptr<int>(alive_), device = device.id,
         registration = row.registration, generation = row.generation](std::int32_t count) {
            loop.post([this, alive, device, registration, generation, count] {
                if (!alive.expired()) counted(device, registration, {generation, count});
            });
        });
}

void PushSender::counted(store::Id id, store::Id registration, Waiting::Counted counted) {
    Device* device = parts_.queue.find(id);
    if (device == nullptr) return;
    device->in_flight = false;
    if (Waiting* waiting = device->find(registration)) waiting->counted = counted;
    parts_.queue.schedule(*device);
    parts_.queue.removeIfDone(*device);
    wake_();
}

}  // namespace postbell::dispatch
