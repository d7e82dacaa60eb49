// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/push_sender.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "store/records/store_error.h"
#include "util/exception_text.h"

namespace postbell::dispatch {
namespace {

// How long devices of one origin stand back while its probe is under way, or all pools are busy.
constexpr util::Milliseconds kProbePatience{1'000};
constexpr util::Milliseconds kPoolPatience{1'000};
// Only a phone that registers again mends its row.
constexpr util::Milliseconds kUnopenedPause = std::chrono::minutes(1);

}  // namespace

PushSender::PushSender(const Parts& parts, const util::Clock& clock, const CountReader& read_count)
    : parts_(parts), clock_(clock), read_count_(read_count) {}

PushSender::Sent PushSender::send(Channel& channel, Device& device, ProbeOf probe_of,
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
    step.flight.probe_of = probe_of;
    return guarded(device, *waiting, [&] { return compose(step); });
}

template <class Work>
PushSender::Sent PushSender::guarded(Device& device, const Waiting& waiting, Work work) {
    const store::Id registration = waiting.row().registration;
    const util::Trace trace = waiting.trace(waiting.nextPart());
    try {
        return work();
    } catch (const store::UnopenedRow&) {
        parts_.queue.wait(device, kUnopenedPause);  // the store has reported the row
    } catch (const store::StoreError& e) {
        parts_.queue.wait(device, storeRetry(clock_));
        parts_.journal.storeAway(e.what());
    } catch (...) {
        const char* const why = util::exceptionText();
        parts_.journal.fault(trace, why);
        setAside(device, registration, why);
    }
    return Sent::Waits;
}

void PushSender::setAside(Device& device, store::Id registration, std::string_view why) {
    parts_.consequences.setAside(device, registration);
    note(registration, why);
}

void PushSender::note(store::Id registration, std::string_view why) {
    std::string text(store::kProviderFailed);
    if (!why.empty()) text.append(": ").append(why);
    parts_.note_outcome(registration, clock_.wall(), text);
}

void PushSender::waitForPool(Device& device, Standing standing) {
    device.without_pool = standing;
    parts_.queue.wait(device, kPoolPatience);
}

PushSender::Sent PushSender::compose(Step& step) {
    auto& [channel, device, waiting, now, flight] = step;
    // A probe waits for no count: the credential's pushes wait for its answer.
    const auto unknown_count = flight.probe_of.guard ? PushComposer::UnknownCount::Stays
                                                     : PushComposer::UnknownCount::ReadFirst;
    switch (parts_.composer.compose(device, waiting, unknown_count, now.wall, flight)) {
        case PushComposer::Result::Ready: {
            if (standsBack(step)) return Sent::Waits;
            const PushJournal::Attempt attempt(flight);
            return launched(step, attempt, launch(channel, parts_.journal, flight, now.steady));
        }
        case PushComposer::Result::RegistrationGone:
            parts_.journal.dropped(waiting, PushMetrics::Drop::RegistrationGone);
            return forget(device, waiting);
        case PushComposer::Result::Moved:
            parts_.journal.moved(waiting);
            return forget(device, waiting);
        case PushComposer::Result::TokenDead:
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
    step.device.token.pushesTo(target.token_at, target.registration.device_proven_at);
    const bool called_foreign = step.channel.guard().counts(target.first_foreign_at);
    if (step.flight.probe_of.guard || !called_foreign || step.device.token.foreignWords() > 0)
        return false;
    step.device.token.calledForeign(step.now.steady);
    return step.device.token.isDoubtful();
}

PushSender::Sent PushSender::forget(Device& device, const Waiting& waiting) {
    device.waiting.erase(device.waiting.begin() + (&waiting - device.waiting.data()));
    return Sent::Removed;
}

PushSender::Sent PushSender::encodingEnded(Channel& channel, Flight&& flight,
                                           provider::Encoded& request) {
    Device& device = parts_.queue.at(flight.device);
    const DeviceInHand in_hand(parts_.queue, device);
    Waiting* waiting = device.find(flight.content.target.registration.id);
    const bool outdated =
        channel.draining() || flight.authorization != channel.authorizationInUse();
    if (waiting == nullptr) return Sent::Removed;
    if (outdated) return Sent::Outdated;
    const Now now{clock_.wall(), clock_.steady()};
    const PushJournal::Attempt attempt(flight);
    Step step{channel, device, *waiting, now, std::move(flight)};
    return guarded(device, *waiting, [&] {
        return launched(step, attempt,
                        launchEncoded(channel, parts_.journal, step.flight, request, now.steady));
    });
}

PushSender::Sent PushSender::launched(Step& step, const PushJournal::Attempt& attempt,
                                      const Launch& launch) {
    auto& [channel, device, waiting, now, flight] = step;
    switch (launch.result) {
        case Launch::Result::Sent:
            parts_.queue.markBusy(device);
            waiting.attempts = attempt.number;
            waiting.counted = {};
            parts_.journal.counted(waiting, attempt);
            return Sent::Yes;
        case Launch::Result::Encoding:
            parts_.queue.markBusy(device);
            return Sent::Encoding;
        case Launch::Result::OriginForbidden:
            parts_.journal.addressForbidden(launch.problem);
            parts_.consequences.wait(device, originForbidden().device_pause);
            return Sent::Waits;
        case Launch::Result::NoPool:
            waitForPool(device, launch.destination == nullptr ? Standing::Unproven
                                                              : launch.destination->standing);
            return Sent::Waits;
        case Launch::Result::GateClosed:
            waitForGate(step, launch);
            return Sent::Waits;
        case Launch::Result::NoSlot:
            launch.destination->without_slot.push_back(device.id);
            parts_.queue.waitForSlot(device);
            return Sent::Waits;
        case Launch::Result::NotNow:
            setAside(device, waiting.row().registration, launch.problem);
            return Sent::Waits;
        case Launch::Result::Never:
            note(waiting.row().registration, launch.problem);
            parts_.journal.neverEncoded(attempt.trace, launch.problem);
            parts_.consequences.drop(waiting, PushMetrics::Drop::NotEncoded);
            return Sent::Removed;
        case Launch::Result::Defect:
            throw std::runtime_error(launch.problem);
    }
    return Sent::Waits;
}

void PushSender::waitForGate(const Step& step, const Launch& launch) {
    const auto pause =
        launch.gate_opens == kUntilAnswered
            ? kProbePatience
            : std::chrono::ceil<util::Milliseconds>(launch.gate_opens - step.now.steady);
    parts_.queue.wait(step.device, pause, &launch.destination->waiters);
}

void PushSender::readCount(Device& device, const Waiting& waiting,
                           const store::MailboxState& mailbox) {
    const store::Pending& row = waiting.row();
    read_count_(mailbox, waiting.changed,
                parts_.turns.handler([this, device = device.id, registration = row.registration,
                                      generation = row.generation](std::int32_t count) {
                    counted(device, registration, {generation, count});
                }));
    parts_.queue.markBusy(device);
}

void PushSender::counted(store::Id id, store::Id registration, Waiting::Counted counted) {
    Device* device = parts_.queue.find(id);
    if (device == nullptr) return;
    const DeviceInHand in_hand(parts_.queue, *device);
    if (Waiting* waiting = device->find(registration)) waiting->counted = counted;
}

}  // namespace postbell::dispatch
