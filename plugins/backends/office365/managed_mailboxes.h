// SPDX-License-Identifier: Apache-2.0
// Managed subscriptions of Microsoft 365 mailboxes: the extension's face of this plugin.
#pragma once
#include <string>
#include <vector>

#include "claims.h"
#include "login.h"
#include "managed_settings.h"
#include "postbell/managed.hpp"
#include "published_keys.h"
#include "subscription_memory.h"

namespace postbell::office365 {

class ManagedMailboxes final : public Managed {
  public:
    ManagedMailboxes(const Host& host, ManagedSettings settings);
    /// Logs why each login will fail, before the first mailbox needs one.
    void start() const;

    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t now_ms, Authorization& out) override;
    void authorized(const Response& response, std::int64_t now_ms, Authorization& out) override;
    std::unique_ptr<Work> open(Task task) override;

    /// Of all the validation tokens of one message: one that is bad makes it bad. Thread-safe.
    Verdict validate(const std::vector<std::string>& tokens) const;

  private:
    const Host host_;
    const ManagedSettings settings_;
    const std::vector<std::string> origins_;
    Login login_;
    PublishedKeys keys_;
    SubscriptionMemory memory_;
};

}  // namespace postbell::office365
