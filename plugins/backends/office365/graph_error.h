// SPDX-License-Identifier: Apache-2.0
// Graph's own words for an error, which say more than the HTTP status: many passing troubles of the
// services behind Graph come as 400 (learn.microsoft.com/graph/errors).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "postbell/managed.hpp"

namespace postbell::office365 {

struct GraphError {
    /// Of the answer; if an ExtensionError names the status of the service behind Graph, that.
    int status = 0;
    std::string code, message;

    /// By its code or status, it goes away by itself.
    bool passes() const;
    /// Graph called the notification URL, and got no good answer in time. As the network between
    /// Microsoft and the mailbox listener may recover, no refusal.
    bool isOfNotificationUrl() const;
    /// A limit that Outlook sets for each application and mailbox (learn.microsoft.com/graph/
    /// throttling-limits): no other mailbox meets it.
    bool isOfMailboxLimit() const;
    /// The mailbox has as many subscriptions as Graph allows.
    bool isOfFullMailbox() const { return mentions("subscriptioncountreached"); }
    /// By its status alone, Graph does not have the object of the request.
    bool findsNothing() const { return status == 404 || status == 410; }
    /// Without regard to case; `word` is in lower case.
    bool mentions(std::string_view word) const;
};

GraphError readError(const Response& response);

/// The longest lifetime of a subscription in minutes, if the error says that one was asked for
/// which is longer.
std::optional<std::int64_t> namedLifetime(const GraphError& error);

}  // namespace postbell::office365
