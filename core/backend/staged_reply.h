// SPDX-License-Identifier: Apache-2.0
// What a backend made of one request: the host's side of postbell_reply.
#pragma once
#include <postbell/abi.h>

#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "registry/life_cycle.h"
#include "store/store.h"

namespace postbell::backend {

/// Confined to the thread that calls the backend. Decides for each event whom it is for and what it
/// is.
class StagedReply {
  public:
    /// `callback`: none if the token is unknown. `needs_proof`: the route's. `last_call`: of the
    /// callback's device.
    StagedReply(const std::optional<store::Callback>& callback, std::string_view instance,
                bool needs_proof, const registry::LifeClock& clock, registry::LastCall last_call);

    /// For handle(); valid as long as this is, and at this address.
    postbell_reply* raw() { return &reply_.raw; }

    const std::optional<store::Callback>& callback() const { return callback_; }

    std::optional<net::Response> response;  ///< what the backend answered
    std::vector<store::StagedEvent> events;
    std::vector<store::SubscriptionChange> changes;
    std::optional<std::string> note;
    std::string problem;  ///< the backend's sentence on what is wrong; empty: none
    /// Registrations whose subscription gave a sign of life, and those of them that are pushed to.
    std::vector<store::Id> heard;
    bool nudges = false;           ///< the app is asked to check its registration
    bool managed_changed = false;  ///< the gateway's own subscription needs to be looked at
    std::size_t nobody = 0;        ///< events for nobody
    std::size_t denied = 0;        ///< events with a wrong proof
    std::size_t accepted = 0;

  private:
    // First member is what the plugin sees; the host finds itself behind it.
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
    postbell_status event(const postbell_mail_event& event);
    postbell_status managedEvent(const postbell_mail_event& event);
    void stage(store::StagedEvent::Kind kind, const postbell_mail_event& event,
               registry::Serving serving);
    store::StagedEvent staged(store::StagedEvent::Kind kind, const store::Registration& r) const;
    void change(store::SubscriptionChange::Kind kind, store::Id id);
    void askToCheck(std::int64_t already_asked);

    const std::optional<store::Callback>& callback_;
    const std::string_view instance_;
    const bool needs_proof_;
    const registry::LifeClock clock_;
    const registry::LastCall last_call_;
    Raw reply_;
};

}  // namespace postbell::backend
