// SPDX-License-Identifier: Apache-2.0
#include "dispatch/journal/push_metrics.h"

namespace postbell::dispatch {
namespace {

constexpr std::size_t kMaxReasons = 100;

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60};

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Histogram>& histograms(prometheus::Registry& registry,
                                                      const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

PushMetrics::PushMetrics(prometheus::Registry& registry, const std::vector<std::string>& providers)
    : coalesced_(counters(registry, "postbell_events_coalesced_total",
                          "Events without a push of their own: a later one's speaks for them")
                     .Add({})),
      new_mail_(histograms(registry, "postbell_push_wait_seconds",
                           "From an event being durable to the first push that speaks of it")
                    .Add({{"kind", "new_mail"}}, kSeconds)),
      count_changed_(histograms(registry, "postbell_push_wait_seconds",
                                "From an event being durable to the first push that speaks of it")
                         .Add({{"kind", "count_changed"}}, kSeconds)) {
    auto& pushes = counters(registry, "postbell_pushes_total",
                            "Pushes by provider instance and outcome, each attempt");
    auto& reasons = counters(registry, "postbell_push_reasons_total",
                             "Outcomes with the push network's own word");
    auto& retries = counters(registry, "postbell_push_retries_total",
                             "Pushes sent again after an answer or none");
    auto& set_aside = counters(registry, "postbell_pushes_set_aside_total",
                               "Attempts at a push that the provider's plugin failed or put off: "
                               "the push is kept, and tried again");
    auto& answered = histograms(registry, "postbell_push_answer_seconds",
                                "From a push being sent to the push network's answer");
    for (const std::string& name : providers) {
        OfProvider& its = providers_[name];
        its.name_ = name;
        its.reason_family_ = &reasons;
        for (std::size_t i = 0; i < kPushOutcomes; ++i) {
            const std::string outcome(dispatch::name(static_cast<PushOutcome>(i)));
            its.outcomes_[i].count = &pushes.Add({{"provider", name}, {"outcome", outcome}});
        }
        its.retries_ = &retries.Add({{"provider", name}});
        its.set_aside_ = &set_aside.Add({{"provider", name}});
        its.answered_ = &answered.Add({{"provider", name}}, kSeconds);
    }
    auto& drops = counters(registry, "postbell_push_drops_total",
                           "Pending pushes that were dropped and will never be sent, by reason");
    const char* const why[] = {"registration_gone", "device_gone", "app_off", "not_encoded"};
    for (std::size_t i = 0; i < std::size(why); ++i) drops_[i] = &drops.Add({{"why", why[i]}});
}

void PushMetrics::OfProvider::ended(PushOutcome outcome, std::string_view reason) {
    OfOutcome& its = outcomes_.at(static_cast<std::size_t>(outcome));
    its.count->Increment();
    if (const auto found = its.by_reason.find(reason); found != its.by_reason.end())
        return found->second->Increment();
    const bool full = reasons_ >= kMaxReasons;
    prometheus::Counter& counter =
        reason_family_->Add({{"provider", name_},
                             {"outcome", std::string(name(outcome))},
                             {"reason", full ? std::string("other") : std::string(reason)}});
    counter.Increment();
    if (full) return;
    its.by_reason.emplace(reason, &counter);
    ++reasons_;
}

void PushMetrics::sentAfter(bool new_mail, double seconds) {
    (new_mail ? new_mail_ : count_changed_).Observe(seconds);
}

}  // namespace postbell::dispatch
