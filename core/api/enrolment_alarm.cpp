// SPDX-License-Identifier: Apache-2.0
#include "api/enrolment_alarm.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace postbell::api {
namespace {

/// By the config's key of the limit. Made at the start: rate() sees the first increment of a series
/// only if the series is there before.
prometheus::Counter& counterOf(prometheus::Registry& registry, const char* limit) {
    return prometheus::BuildCounter()
        .Name("postbell_registrations_refused_total")
        .Help("Registrations that were refused since a limit was reached")
        .Register(registry)
        .Add({{"limit", limit}});
}

}  // namespace

EnrolmentAlarm::EnrolmentAlarm(prometheus::Registry& registry, const util::Clock& clock,
                               log::Log& log)
    : clock_(clock),
      log_(log),
      full_(counterOf(registry, "max_registrations_per_app")),
      app_too_fast_(counterOf(registry, "registrations_per_minute_per_app")),
      address_too_fast_(counterOf(registry, "registrations_per_minute_per_address")) {}

void EnrolmentAlarm::appIsFull(const store::App& app, std::int64_t limit) {
    full_.Increment();
    if (lines_.admit("full", std::to_string(app.id), clock_.steady()))
        log_.warning(
            "an app has all the registrations that it may have: new phones are turned away",
            {{"tenant", app.tenant_name},
             {"app", app.name},
             {"max_registrations_per_app", limit},
             {"cure", "postbell registration remove --state waiting, or a higher limit"}});
}

void EnrolmentAlarm::appIsTooFast(const store::App& app, std::uint32_t limit) {
    app_too_fast_.Increment();
    if (lines_.admit("too fast", std::to_string(app.id), clock_.steady()))
        log_.warning(
            "an app makes more new registrations a minute than it may: phones are turned away",
            {{"tenant", app.tenant_name},
             {"app", app.name},
             {"registrations_per_minute_per_app", limit}});
}

void EnrolmentAlarm::addressIsTooFast(const std::string& peer, std::uint32_t limit) {
    address_too_fast_.Increment();
    if (lines_.admit("address", {}, clock_.steady()))
        log_.warning("an address registers more often than it may: its calls are refused",
                     {{"peer", peer}, {"registrations_per_minute_per_address", limit}});
}

}  // namespace postbell::api
