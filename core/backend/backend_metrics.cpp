// SPDX-License-Identifier: Apache-2.0
#include "backend/backend_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace postbell::backend {
namespace {

/// In the order of Result.
constexpr std::array kResultNames{"ok", "ended", "denied", "refused", "failed", "overload"};
/// In the order of store::StagedEvent::Kind.
constexpr std::array kKindNames{"new_mail", "count_changed", "check_registration"};
static_assert(kResultNames.size() == kResults);
static_assert(kKindNames.size() == static_cast<std::size_t>(store::StagedEvent::Kind::Check) + 1);
const prometheus::Histogram::BucketBoundaries kDurableSeconds{
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2};

}  // namespace

BackendMetrics::BackendMetrics(prometheus::Registry& registry)
    : notifications_(prometheus::BuildCounter()
                         .Name("postbell_notifications_total")
                         .Help("Notifications of mail servers by backend instance and result")
                         .Register(registry)),
      events_(prometheus::BuildCounter()
                  .Name("postbell_events_total")
                  .Help("Events made durable, by backend instance and kind")
                  .Register(registry)),
      other_folders_(prometheus::BuildCounter()
                         .Name("postbell_other_folder_events_total")
                         .Help("Events of other folders than the reported one, for registrations "
                               "that were never notified of theirs")
                         .Register(registry)),
      last_(prometheus::BuildGauge()
                .Name("postbell_last_notification_timestamp_seconds")
                .Help("When a backend instance last heard of a known callback; 0: not yet")
                .Register(registry)),
      durable_(prometheus::BuildHistogram()
                   .Name("postbell_notification_durable_seconds")
                   .Help("From a notification being read to its events being durable")
                   .Register(registry)) {}

BackendMetrics::Instance BackendMetrics::of(const std::string& instance) {
    Instance metrics;
    for (std::size_t i = 0; i < kResultNames.size(); ++i)
        metrics.results_[i] =
            &notifications_.Add({{"backend", instance}, {"result", kResultNames[i]}});
    for (std::size_t i = 0; i < kKindNames.size(); ++i)
        metrics.kinds_[i] = &events_.Add({{"backend", instance}, {"kind", kKindNames[i]}});
    metrics.other_folders_ = &other_folders_.Add({{"backend", instance}});
    metrics.last_ = &last_.Add({{"backend", instance}});
    metrics.after_ = &durable_.Add({{"backend", instance}}, kDurableSeconds);
    return metrics;
}

void BackendMetrics::Instance::count(Result result) const {
    results_[static_cast<std::size_t>(result)]->Increment();
}

void BackendMetrics::Instance::otherFolders(std::size_t count) const {
    other_folders_->Increment(static_cast<double>(count));
}

void BackendMetrics::Instance::durable(std::chrono::duration<double> after) const {
    after_->Observe(after.count());
}

void BackendMetrics::Instance::heard(util::WallTime now) const {
    last_->Set(static_cast<double>(util::toMs(now)) / 1000.0);
}

util::WallTime BackendMetrics::Instance::lastHeard() const {
    return util::fromMs(static_cast<std::int64_t>(last_->Value() * 1000));
}

void BackendMetrics::Instance::events(store::StagedEvent::Kind kind, std::uint32_t count) const {
    if (count != 0) kinds_[static_cast<std::size_t>(kind)]->Increment(count);
}

}  // namespace postbell::backend
