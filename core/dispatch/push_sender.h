// SPDX-License-Identifier: Apache-2.0
// From a device that is due to a push on its way: composed, encoded, through the gate of its
// origin, onto a connection.
#pragma once
#include <functional>
#include <memory>

#include "dispatch/channel.h"
#include "dispatch/judge.h"
#include "dispatch/push_composer.h"
#include "engine/work_scope.h"

namespace postbell::dispatch {

/// The sender of one lane. Exceptions that a plugin causes do not leave it. Confined to the loop's
/// thread.
class PushSender {
  public:
    enum class Sent {
        Yes,
        Encoding,  ///< beside the loop: it leaves later
        Removed,   ///< nothing is to be sent: the pending row is gone
        Waits,     ///< the device is due again later
    };

    /// `context` and `judge` outlive this. `wake` is called when a device has become due.
    PushSender(const LaneContext& context, Judge& judge, std::function<void()> wake);

    /// Precondition: the device is out of the schedule, and no push to it is in flight.
    Sent send(Channel& channel, Device& device, bool guard_probe, const Now& now);

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
    Sent encode(Step& step);
    void encodeBesideLoop(Step& step);
    void encodedBesideLoop(Channel& channel, Flight&& flight, provider::Encoded& encoded);
    Sent encoded(Step& step, provider::Encoded& encoded);
    Sent launch(Step& step, provider::Encoded& encoded);
    /// The route to the origin, and whether the push is its gate's probe. Null: the device waits.
    Route* enter(Step& step, std::string_view origin);
    /// The same for an origin that the device named. False: the device waits.
    bool enterNamed(Step& step, std::string_view origin);
    Sent waits(Device& device);
    void waitForPool(Device& device, bool prompt);
    void readCount(Device& device, const Waiting& waiting, const store::MailboxState& mailbox);
    void counted(store::Id id, store::Id registration, Waiting::Counted counted);

    const LaneContext& context_;
    const Judge::Parts& parts_;
    Judge& judge_;
    const std::function<void()> wake_;
    PushComposer composer_;
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
