// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/mail_event.h"
#include "backend/server_staging.h"
#include "backend/staged.h"
#include "registry/life_cycle.h"
#include "store/events.h"
#include "store/records/records.h"
#include "util/real_time.h"

namespace postbell::backend {

/// Finds the recipients of each event, and stages it. Confined to the thread that calls the
/// backend.
class StagedReply {
  public:
    struct Message {
        std::string_view instance;
        bool needs_proof = false;  ///< the route's
        registry::LifeClock clock;
        registry::LastCall last_call;  ///< of the callback's device
        store::Events& events;         ///< for callbacks of whole mail servers
    };
    /// `callback`: null if the token is unknown; it outlives the reply.
    StagedReply(const store::Callback* callback, Message message);
    StagedReply(const StagedReply&) = delete;
    StagedReply& operator=(const StagedReply&) = delete;

    // The backend's words about its message.
    /// Reads the store, and throws StoreError.
    Acceptance event(const MailEvent& event);
    /// For the app of the registration, or for the gateway's scheduler: the last one counts.
    Acceptance note(std::string text);
    void answer(net::Response response) { staged_.response = std::move(response); }
    /// A sentence for the admin.
    void problem(std::string sentence) { staged_.problem = std::move(sentence); }

    /// The backend broke the contract: the first breach counts.
    void breach(std::string sentence) {
        if (staged_.breach.empty()) staged_.breach = std::move(sentence);
    }

    /// All that was staged.
    Staged take() { return std::exchange(staged_, {}); }
    /// The token is known to the instance.
    bool known() const { return callback_ != nullptr; }
    /// At most `max` registrations that the message was for.
    std::vector<const store::Recipient*> recipients(std::size_t max) const;
    /// The part of the backend's time that the store took.
    util::RealTime::duration readingTime() const {
        return server_ ? server_->readingTime() : util::RealTime::duration::zero();
    }

  private:
    /// Read once, however many subscriptions a message names.
    util::WallTime lastCall();
    Acceptance stage(const store::RegistrationCallback& to, const MailEvent& event);
    Acceptance stage(const store::MailboxCallback& to, const MailEvent& event);
    Acceptance stage(const store::ServerCallback& to, const MailEvent& event);

    const store::Callback* const callback_;
    const Message message_;
    Staged staged_;
    std::optional<ServerStaging> server_;
    std::optional<util::WallTime> last_call_;
};

}  // namespace postbell::backend
