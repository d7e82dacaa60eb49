// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <set>
#include <string>

#include "lifetime.h"

namespace postbell::office365 {

/// Mailboxes that may have a subscription at Graph which the gateway does not know, since the
/// answer to its creation was lost. Kept until the process ends; a mailbox that is forgotten costs
/// a subscription that notifies an unknown callback until it expires.
class LostAnswers {
  public:
    void add(const std::string& mailbox) {
        if (mailboxes_.size() < kMax) mailboxes_.insert(mailbox);
    }
    void remove(const std::string& mailbox) { mailboxes_.erase(mailbox); }
    bool contains(const std::string& mailbox) const { return mailboxes_.count(mailbox) != 0; }

  private:
    static constexpr std::size_t kMax = 10'000;

    std::set<std::string> mailboxes_;
};

/// That one task leaves to the next.
struct SubscriptionMemory {
    LifetimeLimit limit;
    LostAnswers lost;
};

}  // namespace postbell::office365
