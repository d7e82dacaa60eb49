// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_metrics.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "app/version.h"
#include "app/watchdog.h"
#include "store/records/environment.h"

namespace postbell::app {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Families by name, in the order of the names.
class Families {
  public:
    void gauge(const char* name, const char* help, const Labels& labels, double value) {
        add(prometheus::MetricType::Gauge, name, help, labels).gauge.value = value;
    }
    void counter(const char* name, const char* help, const Labels& labels, double value) {
        add(prometheus::MetricType::Counter, name, help, labels).counter.value = value;
    }
    template <std::size_t Bounds>
    void histogram(const char* name, const char* help, const util::Distribution<Bounds>& values) {
        auto& histogram = add(prometheus::MetricType::Histogram, name, help, {}).histogram;
        for (std::size_t i = 0; i < values.counts.size(); ++i) {
            histogram.sample_count += values.counts[i];
            histogram.bucket.push_back(
                {histogram.sample_count,
                 i < Bounds ? values.bounds[i] : std::numeric_limits<double>::infinity()});
        }
        histogram.sample_sum = values.sum;
    }
    std::vector<prometheus::MetricFamily> take() {
        std::vector<prometheus::MetricFamily> all;
        for (auto& [name, family] : families_) all.push_back(std::move(family));
        return all;
    }

  private:
    prometheus::ClientMetric& add(prometheus::MetricType type, const char* name, const char* help,
                                  const Labels& labels) {
        prometheus::MetricFamily& family = families_[name];
        family.name = name;
        family.help = help;
        family.type = type;
        prometheus::ClientMetric& metric = family.metric.emplace_back();
        for (const auto& [key, value] : labels) metric.label.push_back({key, value});
        return metric;
    }
    std::map<std::string, prometheus::MetricFamily> families_;
};

/// Of a credential, which may serve both environments, or know none.
const char* environmentsOf(const store::Credential& credential) {
    if (credential.production && credential.sandbox) return "both";
    return store::environmentName(credential.production ? store::Environment::Production
                                  : credential.sandbox  ? store::Environment::Sandbox
                                                        : store::Environment::None);
}

double asDouble(auto value) {
    return static_cast<double>(value);
}

double inSeconds(util::Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

void addLane(Families& out, const dispatch::LaneStatus& lane) {
    const Labels labels{{"tenant", lane.tenant},
                        {"app", lane.app},
                        {"provider", lane.provider},
                        {"environment", store::environmentName(lane.environment)}};
    out.gauge("postbell_pending_pushes", "Registrations with a push that waits", labels,
              asDouble(lane.waiting));
    out.gauge("postbell_oldest_pending_timestamp_seconds",
              "Since when the oldest pending push waits; 0: none does", labels,
              inSeconds(lane.oldest_since.time_since_epoch()));
    out.gauge("postbell_credential_usable", "1: pushes go out; 0: no credential, or it is paused",
              labels, lane.credential_usable && lane.paused_reason.empty() ? 1 : 0);
    out.gauge("postbell_credential_doubtful",
              "1: device tokens are refused, and no device was delivered to with it yet", labels,
              lane.doubtful ? 1 : 0);
    out.gauge("postbell_authorization_failing",
              "1: the last request for a new authorization to push failed", labels,
              lane.authorization_failing ? 1 : 0);
    out.gauge("postbell_origin_failing",
              "1: the push network fails, and one probe at a time goes out", labels,
              lane.origin_failing ? 1 : 0);
    out.gauge("postbell_connections", "HTTP/2 connections to the push network", labels,
              asDouble(lane.connections.connected));
    out.gauge("postbell_open_streams", "Pushes sent and not answered", labels,
              asDouble(lane.connections.open_streams));
    out.counter("postbell_connects_total", "HTTP/2 connections made", labels,
                asDouble(lane.connections.connects));
    out.counter("postbell_connect_failures_total", "HTTP/2 connections that could not be made",
                labels, asDouble(lane.connections.connect_failures));
    out.counter("postbell_goaways_total", "Connections that the push network said it would end",
                labels, asDouble(lane.connections.goaways));
    out.counter("postbell_resent_total",
                "Pushes sent again because the peer had not processed them", labels,
                asDouble(lane.connections.resent));
}

std::vector<CredentialEnd> readEnds(store::Store& store) {
    std::map<store::Id, store::App> apps;
    for (store::App& app : store.directory().listApps()) apps.emplace(app.id, std::move(app));
    std::vector<CredentialEnd> ends;
    for (const store::Credential& credential : store.credentials().listCredentials())
        if (const auto app = apps.find(credential.app); app != apps.end())
            ends.push_back({app->second.tenant_name, app->second.name, credential.provider,
                            environmentsOf(credential), credential.expires_at});
    return ends;
}

void addEnd(Families& out, const CredentialEnd& end) {
    out.gauge("postbell_credential_expiry_timestamp_seconds",
              "When a credential ends; 0: it does not",
              {{"tenant", end.tenant},
               {"app", end.app},
               {"provider", end.provider},
               {"environment", end.environment}},
              inSeconds(end.expires_at.time_since_epoch()));
}

void addStore(Families& out, const store::StoreStats& store) {
    out.counter("postbell_store_commits_total", "Commits", {}, asDouble(store.commits));
    out.counter("postbell_store_failed_commits_total", "Commits that failed", {},
                asDouble(store.failed_commits));
    out.counter("postbell_store_operations_total",
                "Committed writes: divided by the commits they are the size of a group", {},
                asDouble(store.operations));
    out.histogram("postbell_store_commit_operations", "How many operations made up a commit",
                  store.sizes);
    out.histogram("postbell_store_commit_seconds", "How long a commit took", store.seconds);
    out.gauge("postbell_store_queue", "Operations that wait for the next commit", {},
              asDouble(store.queued));
    out.counter("postbell_events_without_effect_total",
                "Events that were repeated, or whose registration was gone", {},
                asDouble(store.events_without_effect));
}

/// Every loop has its series from the start on, for alarms.
void addLoops(Families& out, const util::Heartbeats& heartbeats) {
    const auto hanging = hangingLoops(heartbeats, util::realNow());
    for (const util::Heartbeat::Pulse& loop : heartbeats.read()) {
        const bool hangs = std::any_of(hanging.begin(), hanging.end(),
                                       [&](const auto& other) { return other.name == loop.name; });
        out.gauge("postbell_loop_hanging", "1: the loop has worked on one turn for too long",
                  {{"loop", loop.name}}, hangs ? 1 : 0);
    }
}

void addServer(Families& out, const std::string& name, const net::ServerStats& stats) {
    const Labels labels{{"listener", name}};
    out.gauge("postbell_listener_connections", "Open connections", labels,
              asDouble(stats.connections));
    out.gauge("postbell_listener_requests_in_work", "Requests that wait for their answer", labels,
              asDouble(stats.in_work));
    out.counter("postbell_listener_connections_total", "Connections accepted", labels,
                asDouble(stats.accepted));
    out.counter("postbell_listener_requests_total", "Requests read", labels,
                asDouble(stats.requests));
    const auto refused = [&](const char* why, std::uint64_t count) {
        out.counter("postbell_listener_refused_total", "Requests and connections refused",
                    {{"listener", name}, {"why", why}}, asDouble(count));
    };
    refused("overload", stats.refused_overload);
    refused("malformed", stats.refused_malformed);
    refused("timeout", stats.timed_out);
    refused("tls", stats.tls_failures);
}

}  // namespace

/// None, if the engine's loop does not answer: the rest of the page says that it hangs.
std::vector<dispatch::LaneStatus> GatewayMetrics::lanes() const {
    return lanes_asker_
        .ask<std::vector<dispatch::LaneStatus>>([this] { return dispatcher_.status(); })
        .value_or(std::vector<dispatch::LaneStatus>());
}

/// As they were read last, if the store does not tell now: the rest of the page says that it is in
/// trouble.
std::vector<CredentialEnd> GatewayMetrics::credentialEnds() const {
    std::optional<std::vector<CredentialEnd>> read;
    try {
        if (store_watch_.problem().empty())
            read =
                store_asker_.ask<std::vector<CredentialEnd>>([this] { return readEnds(store_); });
    } catch (const store::StoreError&) {
        read.reset();
    }
    const std::lock_guard lock(ends_mutex_);
    if (read) ends_ = *std::move(read);
    return ends_;
}

std::vector<prometheus::MetricFamily> GatewayMetrics::Collect() const {
    Families out;
    out.gauge("postbell_build_info", "1, with the version that runs", {{"version", kVersion}}, 1);
    out.counter("postbell_log_lines_lost_total",
                "Lines of the log that were lost because it could not be written", {},
                asDouble(log_.lost()));
    out.gauge("postbell_log_failing",
              "1: the log cannot be written; its lines are kept, up to 4 MiB", {},
              log_.failing() ? 1 : 0);
    for (const ListenerCertificates::Served& served : certificates_.served()) {
        const Labels labels{{"listener", served.listener}};
        out.gauge("postbell_listener_certificate_expiry_timestamp_seconds",
                  "When the certificate that a listener serves ends; 0: it has none", labels,
                  inSeconds(served.expires.time_since_epoch()));
        out.gauge("postbell_listener_certificate_renew_timestamp_seconds",
                  "From when on that certificate should be renewed; 0: the listener has none",
                  labels, inSeconds(served.renew_from.time_since_epoch()));
    }
    addLoops(out, heartbeats_);
    addStore(out, store_.stats());
    out.gauge("postbell_unopened_rows",
              "Rows of the database that were set aside since the start: a sealed value did not "
              "open, or an id is damaged",
              {}, asDouble(store_.unopenedRows()));
    out.gauge("postbell_store_silent_seconds",
              "Since when a read or a commit under way has shown no sign of life; 0: none is under "
              "way",
              {}, inSeconds(store_watch_.silence()));
    for (const CredentialEnd& end : credentialEnds()) addEnd(out, end);
    const auto silences = backends_.silences();
    for (const auto& [backend, silence] : silences)
        out.gauge("postbell_notification_silence_seconds",
                  "Since a mail server was last heard, or since the listener came up",
                  {{"backend", backend}}, inSeconds(silence));
    registry::Census::Counts registrations = census_.read();
    using registry::State;
    for (const auto& [backend, silence] : silences)
        for (const State state : {State::Active, State::Stale, State::Disabled})
            registrations.try_emplace({backend, state});
    registrations.try_emplace({"", State::Waiting});
    for (const auto& [key, count] : registrations)
        out.gauge("postbell_registrations",
                  "Registrations by the instance that they reported on and by state",
                  {{"backend", key.first}, {"state", std::string(registry::name(key.second))}},
                  asDouble(count));
    for (const dispatch::LaneStatus& lane : lanes()) addLane(out, lane);
    for (const auto& [name, server] : servers_) addServer(out, name, server->stats());
    return out.take();
}

}  // namespace postbell::app
