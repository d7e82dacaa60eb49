// SPDX-License-Identifier: Apache-2.0
// The metrics of pushes.
#pragma once
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/flight/push_outcome.h"

namespace postbell::dispatch {

/// Confined to the loop's thread, apart from the registry behind it. Every series but those of
/// reasons is there from the start, so that the first of its kind is seen by rate().
class PushMetrics {
  public:
    PushMetrics(prometheus::Registry& registry, const std::vector<std::string>& providers);

    /// The series of one provider instance.
    class OfProvider {
      public:
        /// A push ended. `reason` comes from the provider's closed set; no more than a hundred are
        /// kept apart.
        void ended(PushOutcome outcome, std::string_view reason);
        void answeredAfter(double seconds) { answered_->Observe(seconds); }
        /// A push was sent again.
        void retried() { retries_->Increment(); }
        /// The provider failed a push, which is tried again.
        void setAside() { set_aside_->Increment(); }

      private:
        friend PushMetrics;
        std::string name_;
        prometheus::Family<prometheus::Counter>* reason_family_ = nullptr;
        struct OfOutcome {
            prometheus::Counter* count = nullptr;
            std::map<std::string, prometheus::Counter*, std::less<>> by_reason;
        };
        std::array<OfOutcome, kPushOutcomes> outcomes_;
        std::size_t reasons_ = 0;  // of all outcomes
        prometheus::Counter* retries_ = nullptr;
        prometheus::Counter* set_aside_ = nullptr;
        prometheus::Histogram* answered_ = nullptr;
    };
    /// Lives as long as this. Precondition: `provider` was given to the constructor.
    OfProvider& of(const std::string& provider) { return providers_.at(provider); }

    /// `seconds` after the first event that it speaks of was durable.
    void sentAfter(bool new_mail, double seconds);
    /// Events that cause no push of their own, since the push of a later event speaks for them.
    void coalesced(std::uint32_t events) {
        if (events > 0) coalesced_.Increment(events);
    }
    /// A pending row will never be sent.
    enum class Drop { RegistrationGone, DeviceGone, AppOff, NotEncoded };
    void dropped(Drop why) { drops_[static_cast<std::size_t>(why)]->Increment(); }

  private:
    std::map<std::string, OfProvider> providers_;
    prometheus::Counter& coalesced_;
    prometheus::Counter* drops_[4];
    prometheus::Histogram& new_mail_;
    prometheus::Histogram& count_changed_;
};

}  // namespace postbell::dispatch
