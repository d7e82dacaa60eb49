// SPDX-License-Identifier: Apache-2.0
// What /metrics says of pushes.
#pragma once
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/push_content.h"

namespace postbell::dispatch {

/// Confined to the loop's thread, apart from the registry behind it. Every series but those of
/// reasons is there from the start, so that the first of its kind is seen by rate().
class PushMetrics {
  public:
    PushMetrics(prometheus::Registry& registry, const std::vector<std::string>& providers);

    /// `reason` comes from a provider's closed set; no more than a hundred of a provider are kept
    /// apart.
    void outcome(const std::string& provider, std::string_view outcome, std::string_view reason);
    void answeredAfter(const std::string& provider, double seconds);
    /// A push went out: again, or for the first time.
    void retried(const std::string& provider);
    /// `seconds` after the first event that it speaks of was durable.
    void sentAfter(bool new_mail, double seconds);
    /// Events that cause no push of their own, since a later one's push speaks for them.
    void coalesced(std::uint32_t events) {
        if (events > 0) coalesced_.Increment(events);
    }
    /// What was pending will never be sent.
    enum class Drop { RegistrationGone, DeviceGone, AppOff, NotEncoded };
    void dropped(Drop why) { drops_[static_cast<std::size_t>(why)]->Increment(); }

  private:
    struct OfProvider {
        std::map<std::string, prometheus::Counter*, std::less<>> outcomes;
        std::map<std::string, prometheus::Counter*, std::less<>> reasons;  // "outcome\nreason"
        prometheus::Counter* retries = nullptr;
        prometheus::Histogram* answered = nullptr;
    };
    prometheus::Family<prometheus::Counter>& pushes_;
    prometheus::Family<prometheus::Counter>& reasons_;
    std::map<std::string, OfProvider, std::less<>> providers_;
    prometheus::Counter& coalesced_;
    prometheus::Counter* drops_[4];
    prometheus::Histogram& new_mail_;
    prometheus::Histogram& count_changed_;
};

}  // namespace postbell::dispatch
