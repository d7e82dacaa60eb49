// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/mail_event.h"
#include "backend/staged.h"
#include "registry/life_cycle.h"
#include "store/events.h"
#include "util/real_time.h"

namespace postbell::backend {

/// Stages the events of one message of a whole mail server. An event is for the tenant's
/// registrations that reported its subscription on the instance, or whose account is proven to be
/// the one that the event names. Confined to the thread that calls the backend.
class ServerStaging {
  public:
    /// Of the registrations that a message reaches, those by one name, beside one for each event:
    /// a thousand devices that register for one subscription crowd out no other.
    static constexpr std::size_t kMaxReachedByName = 2'000;
    /// Subscriptions and accounts that a message may name. Each costs a question to the store,
    /// also one that no registration has.
    static constexpr std::size_t kMaxNames = 2'000;

    /// The references outlive this.
    ServerStaging(const store::ServerCallback& server, const registry::LifeClock& clock,
                  store::Events& events)
        : server_(server), clock_(clock), events_(events) {}

    /// Reads the store, once for each name in the message, and throws StoreError.
    Acceptance stage(const MailEvent& event, Staged& staged);
    /// At most `max` registrations that the events were for.
    std::vector<const store::Recipient*> recipients(std::size_t max) const;
    /// The time that the store took, for which the plugin is not to blame.
    util::RealTime::duration readingTime() const { return reading_time_; }

  private:
    using Recipients = std::vector<store::Recipient>;
    /// A subscription or an account that the message names.
    struct Named {
        Recipients recipients;    // that are served
        std::size_t reached = 0;  // see Tally::reached
    };
    using ByName = std::map<std::string, Named, std::less<>>;

    Named* find(const MailEvent& event, Staged& staged);
    Recipients read(const MailEvent& event, Staged& staged);
    void stageFor(const store::Recipient& recipient, const MailEvent& event, Staged& staged) const;

    const store::ServerCallback& server_;
    const registry::LifeClock& clock_;
    store::Events& events_;
    ByName reported_, proven_;
    std::size_t read_ = 0;  // recipients
    util::RealTime::duration reading_time_{0};
};

}  // namespace postbell::backend
