// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "store/events.h"

namespace postbell::testing {

/// Events of a store without registrations: the base of fakes, which say what they have.
class EmptyEvents : public store::Events {
  public:
    std::optional<store::Callback> findCallback(std::string_view) override { return {}; }
    std::vector<store::Recipient> reportedBy(store::Id, std::string_view,
                                             std::string_view) override {
        return {};
    }
    std::vector<store::Recipient> provenFor(store::Id, std::string_view,
                                            std::string_view) override {
        return {};
    }
    void stage(store::Batch) override {}
    void settle(const std::vector<store::Settlement>&) override {}
    void tokenProven(store::Id, const store::TokenProof&) override {}
    std::optional<store::PushTarget> pushTarget(store::Id) override { return {}; }
    std::vector<store::BadgeShare> badgeShares(store::Id) override { return {}; }
    void eachPending(const std::function<void(const store::Pending&)>&) override {}
    void setPendingSink(store::PendingSink*) override {}
};

}  // namespace postbell::testing
