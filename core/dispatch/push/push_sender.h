// SPDX-License-Identifier: Apache-2.0
// From a device that is due to a push on its way, or to the device's next time.
#pragma once
#include <string_view>

#include "dispatch/hooks.h"
#include "dispatch/push/launch.h"
#include "dispatch/push/push_composer.h"
#include "dispatch/queue/turns.h"
#include "dispatch/verdict/consequences.h"

namespace postbell::dispatch {

/// The sender of one lane. Exceptions that a plugin causes do not leave it. Confined to the loop's
/// thread.
class PushSender {
  public:
    enum class Sent {
        Yes,
        Encoding,  ///< beside the loop: it leaves later
        Removed,   ///< nothing is to be sent: the pending row is gone
        Outdated,  ///< it was encoded for a credential or authorization that is not in use any more
        Waits,     ///< the device is due again later
    };
    /// The references outlive the sender.
    struct Parts {
        DeviceQueue& queue;
        PushComposer& composer;
        PushJournal& journal;
        Consequences& consequences;
        Turns& turns;
        const OutcomeNote& note_outcome;
    };

    /// `read_count` and `clock` outlive this.
    PushSender(const Parts& parts, const util::Clock& clock, const CountReader& read_count);

    /// The caller puts the device back. Precondition: it is out of the schedule, and no push to it
    /// is in flight.
    Sent send(Channel& channel, Device& device, ProbeOf probe_of, const Now& now);
    /// Sends a push that was encoded beside the loop, unless it is outdated.
    Sent encodingEnded(Channel& channel, Flight&& flight, provider::Encoded& request);

  private:
    /// A push on its way through the steps.
    struct Step {
        Channel& channel;
        Device& device;
        Waiting& waiting;
        const Now& now;
        Flight flight;
    };
    /// A failure of the plugin or the store delays this push, and no other.
    template <class Work>
    Sent guarded(Device& device, const Waiting& waiting, Work work);
    /// Keeps the push, and says why it does not leave.
    void setAside(Device& device, store::Id registration, std::string_view why);
    void note(store::Id registration, std::string_view why);
    Sent compose(Step& step);
    /// A token that was called foreign before the gateway started: its device goes behind the
    /// others. False: it is where it belongs.
    bool standsBack(const Step& step);
    /// Nothing is to be sent for the registration by way of this device.
    Sent forget(Device& device, const Waiting& waiting);
    /// The consequences for the device and its row.
    Sent launched(Step& step, const PushJournal::Attempt& attempt, const Launch& launch);
    void waitForGate(const Step& step, const Launch& launch);
    void waitForPool(Device& device, Standing standing);
    void readCount(Device& device, const Waiting& waiting, const store::MailboxState& mailbox);
    void counted(store::Id id, store::Id registration, Waiting::Counted counted);

    const Parts parts_;
    const util::Clock& clock_;
    const CountReader& read_count_;
};

}  // namespace postbell::dispatch
