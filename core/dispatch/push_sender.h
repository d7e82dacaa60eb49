// SPDX-License-Identifier: Apache-2.0
// From a device that is due to a push on its way: composed, encoded, through the gate of its
// origin, onto a connection.
#pragma once
#include <string_view>

#include "dispatch/channel.h"
#include "dispatch/consequences.h"
#include "dispatch/push_composer.h"
#include "dispatch/turns.h"

namespace postbell::dispatch {

/// The sender of one lane. Exceptions that a plugin causes do not leave it. Confined to the loop's
/// thread.
class PushSender {
  public:
    enum class Sent {
        Yes,
        Encoding,  ///< beside the loop: it leaves later
        Removed,   ///< nothing is to be sent: the pending row is gone, or is to be encoded anew
        Waits,     ///< the device is due again later
    };
    /// The references outlive the sender.
    struct Parts {
        DeviceQueue& queue;
        PushComposer& composer;
        PushJournal& journal;
        Consequences& consequences;
        Turns& turns;
    };

    /// `read_count` and `clock` outlive this.
    PushSender(const Parts& parts, const util::Clock& clock, const CountReader& read_count);

    /// The caller puts the device back. Precondition: it is out of the schedule, and no push to it
    /// is in flight.
    Sent send(Channel& channel, Device& device, bool guard_probe, const Now& now);
    /// Sends a push that was encoded beside the loop, unless it is outdated.
    Sent encoded(Channel& channel, Flight&& flight, provider::Encoded& encoded);

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
    Sent guarded(Device& device, util::Trace trace, Work work);
    Sent compose(Step& step);
    /// A token that was called foreign before the gateway started: its device goes behind the
    /// others. False: it is where it belongs.
    bool standsBack(const Step& step);
    /// Nothing is to be sent for the registration by way of this device.
    Sent forget(Device& device, const Waiting& waiting);
    Sent encode(Step& step);
    void encodeBesideLoop(Step& step);
    Sent encoded(Step& step, provider::Encoded& encoded);
    Sent launch(Step& step, provider::Encoded& encoded);
    /// The destination to the origin, and whether the push is its gate's probe. Null: the device
    /// waits.
    Destination* enter(Step& step, std::string_view origin);
    /// The same for an origin that the device named. False: the device waits.
    bool enterNamed(Step& step, std::string_view origin);
    void waitForPool(Device& device, bool prompt);
    void readCount(Device& device, const Waiting& waiting, const store::MailboxState& mailbox);
    void counted(store::Id id, store::Id registration, Waiting::Counted counted);

    const Parts parts_;
    const util::Clock& clock_;
    const CountReader& read_count_;
};

}  // namespace postbell::dispatch
