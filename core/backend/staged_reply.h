// SPDX-License-Identifier: Apache-2.0
// The host's side of postbell_reply.
#pragma once
#include <postbell/abi.h>

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
#include "store/records.h"
#include "util/real_time.h"

namespace postbell::backend {

/// Decides for each event whom it is for, and stages it. Confined to the thread that calls the
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

    /// For handle(); valid as long as this is.
    postbell_reply* raw() { return &reply_.raw; }
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
    // The plugin sees the first member; the host finds itself behind it.
    struct Raw {
        postbell_reply raw;
        StagedReply* self;
    };
    static postbell_status onEvent(postbell_reply* raw, const postbell_mail_event* event) noexcept;
    static postbell_status onNote(postbell_reply* raw, postbell_str text) noexcept;
    static postbell_status onRespond(postbell_reply* raw, std::int32_t status,
                                     const postbell_header* headers, std::size_t count,
                                     postbell_bytes body) noexcept;
    static postbell_status onProblem(postbell_reply* raw, postbell_str sentence) noexcept;
    postbell_status event(const MailEvent& event);
    /// Read once, however many subscriptions a message names.
    util::WallTime lastCall();
    postbell_status stage(const store::RegistrationCallback& to, const MailEvent& event);
    postbell_status stage(const store::MailboxCallback& to, const MailEvent& event);
    postbell_status stage(const store::ServerCallback& to, const MailEvent& event);

    const store::Callback* const callback_;
    const Message message_;
    Raw reply_;
    Staged staged_;
    std::optional<ServerStaging> server_;
    std::optional<util::WallTime> last_call_;
};

}  // namespace postbell::backend
