// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push_metrics.h"

namespace postbell::dispatch {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60};

prometheus::Histogram& histogram(prometheus::Registry& registry, const char* name,
                                 const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, kSeconds);
}

}  // namespace

PushMetrics::PushMetrics(prometheus::Registry& registry)
    : pushes_(prometheus::BuildCounter()
                  .Name("postbell_pushes_total")
                  .Help("Pushes by provider instance, outcome, and the push network's own word")
                  .Register(registry)),
      sent_(histogram(registry, "postbell_push_wait_seconds",
                      "From the first pending new mail of a registration to its push being sent")),
      answered_(histogram(registry, "postbell_push_answer_seconds",
                          "From a push being sent to the push network's answer")) {}

void PushMetrics::outcome(const std::string& provider, std::string_view outcome,
                          std::string_view reason) {
    constexpr std::size_t kMostLabels = 100;
    std::string key = provider;
    key.append(1, '\n').append(outcome).append(1, '\n').append(reason);
    auto found = by_label_.find(key);
    if (found == by_label_.end()) {
        const bool full = by_label_.size() >= kMostLabels;
        prometheus::Counter& counter =
            pushes_.Add({{"provider", provider},
                         {"outcome", std::string(outcome)},
                         {"reason", full ? std::string("other") : std::string(reason)}});
        if (full) {
            counter.Increment();
            return;
        }
        found = by_label_.emplace(std::move(key), &counter).first;
    }
    found->second->Increment();
}

void PushMetrics::latency(double durable_to_sent_seconds, bool new_mail) {
    if (new_mail) sent_.Observe(durable_to_sent_seconds);
}

}  // namespace postbell::dispatch
