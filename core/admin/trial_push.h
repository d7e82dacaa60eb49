// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "admin/command.h"
#include "dispatch/flight/trial_outcome.h"
#include "store/events.h"
#include "store/registrations.h"

namespace postbell::admin {

/// `push test`: sends one push, past the queue, and reports the push network's answer, for which
/// its work waits. Thread-safe.
class TrialPush {
  public:
    using Send = std::function<void(store::PushTarget target, std::int32_t badge,
                                    std::function<void(dispatch::TrialOutcome)> done)>;
    TrialPush(store::Registrations& registrations, store::Events& events, Send send);
    void addTo(CommandTable& table);

  private:
    Work begin(const Json& arguments);

    store::Registrations& registrations_;
    store::Events& events_;
    const Send send_;
};

}  // namespace postbell::admin
