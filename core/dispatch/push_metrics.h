// SPDX-License-Identifier: Apache-2.0
// What /metrics says of pushes.
#pragma once
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <string_view>
#include <unordered_map>

namespace postbell::dispatch {

/// Confined to the loop's thread, apart from the registry behind it.
class PushMetrics {
  public:
    explicit PushMetrics(prometheus::Registry& registry);

    /// `reason` comes from a provider's closed set; no more than a hundred different ones are kept
    /// apart.
    void outcome(const std::string& provider, std::string_view outcome, std::string_view reason);
    void latency(double durable_to_sent_seconds, bool new_mail);
    void answeredAfter(double seconds) { answered_.Observe(seconds); }

  private:
    prometheus::Family<prometheus::Counter>& pushes_;
    std::unordered_map<std::string, prometheus::Counter*> by_label_;
    prometheus::Histogram& sent_;
    prometheus::Histogram& answered_;
};

}  // namespace postbell::dispatch
