// SPDX-License-Identifier: Apache-2.0
// An admin's trial pushes: sent past the queue, the guard and the gates, and answered to the admin.
#pragma once
#include <functional>
#include <variant>

#include "dispatch/channel/channel.h"
#include "dispatch/journal/push_journal.h"
#include "dispatch/push/trial_pushes.h"
#include "dispatch/verdict/judge.h"

namespace postbell::dispatch {

/// The trial pushes of one lane. No exception of a plugin leaves it. Confined to the loop's thread.
class TrialSender {
  public:
    /// The references outlive the sender.
    struct Parts {
        engine::Loop& loop;
        PushJournal& journal;
        Judge& judge;
        util::TraceSource& traces;
    };
    /// The channel to send with, or why there is none.
    using ChannelOrNot = std::variant<Channel*, TrialPushes::Attempt>;

    TrialSender(const Parts& parts, std::function<ChannelOrNot()> find_channel);

    /// Pushes new mail with that badge, now or as soon as there is a connection.
    void tryPush(store::PushTarget target, std::int32_t badge, TrialDone done);
    /// Sends a push that was encoded beside the loop.
    void encodingEnded(Channel& channel, Flight& flight, provider::Encoded& request);
    /// A push whose authorization was refused is sent once more, with another.
    void answered(Channel& channel, Flight flight, const engine::Answer& answer);

  private:
    TrialPushes::Attempt send(Flight& flight);
    TrialPushes::Attempt send(Channel& channel, Flight& flight);
    Now now() const;

    const Parts parts_;
    const std::function<ChannelOrNot()> find_channel_;
    TrialPushes pushes_;
};

}  // namespace postbell::dispatch
