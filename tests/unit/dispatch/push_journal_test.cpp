// SPDX-License-Identifier: Apache-2.0
#include "dispatch/journal/push_journal.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture : testing::LaneWorld {
    PushMetrics push_metrics{registry, networks.instances()};
    StoreTrouble store_trouble{log};
    PushJournal journal{push_metrics, store_trouble, log};

    Fixture() { journal.names(directory.apps[1], "push"); }

    Flight flight(Waiting& waiting, std::uint32_t attempt = 1) {
        Flight flight;
        flight.content.target = events.targets[waiting.row().registration];
        flight.content.attempt = attempt;
        flight.content.new_mail = true;
        flight.trace = waiting.row().mail_trace;
        flight.sent = util::realNow();
        return flight;
    }
    auto rejections(bool networks_own) {
        Waiting waiting(mail(1));
        for (int i = 0; i < 3; ++i) journal.rejected(flight(waiting), networks_own, 400, {});
        return logLines("rejected a push");
    }
    bool counts(const std::string& series) { return metrics().find(series) != std::string::npos; }
};

}  // namespace

TEST_CASE("the deaths of an app's devices are told in one line", "[push_journal]") {
    Fixture f;
    Waiting waiting(f.mail(1));
    for (int i = 0; i < 3; ++i) f.journal.deviceDead(f.flight(waiting));
    CHECK(f.journal.deaths() == 3);
    f.journal.devicesDied();
    CHECK(f.logged().find("devices=3") != std::string::npos);
    f.journal.devicesDied();
    CHECK(f.logged().find("devices=0") == std::string::npos);
}

TEST_CASE("events without a push of their own are counted once", "[push_journal]") {
    Fixture f;
    store::Pending row = f.mail(1);
    row.events = 3;
    Waiting waiting(row);
    f.journal.counted(waiting, PushJournal::Attempt(f.flight(waiting)));
    CHECK(f.counts("postbell_events_coalesced_total 2"));
    f.journal.counted(waiting, PushJournal::Attempt(f.flight(waiting, 2)));
    CHECK(f.counts("postbell_events_coalesced_total 2"));
    CHECK(f.counts("postbell_push_retries_total{provider=\"push\"} 1"));
}

TEST_CASE("an outcome is counted with the network's word, and logged with the trace",
          "[push_journal]") {
    Fixture f;
    Waiting waiting(f.mail(1));
    Flight flight = f.flight(waiting);
    f.journal.answered(flight, PushOutcome::TokenDead, 410, "Unregistered", "Unregistered");
    CHECK(f.counts("postbell_pushes_total{outcome=\"token_dead\",provider=\"push\"} 1"));
    CHECK(f.counts("reason=\"Unregistered\""));
    CHECK(f.logged().find("trace=" + util::traceText(flight.trace)) != std::string::npos);
}

TEST_CASE("a trial push is in the log and not in the metrics", "[push_journal]") {
    Fixture f;
    Waiting waiting(f.mail(1));
    Flight flight = f.flight(waiting);
    flight.trial = 1;
    f.journal.answered(flight, PushOutcome::Delivered, 200, "", "");
    CHECK(f.counts("postbell_pushes_total{outcome=\"delivered\",provider=\"push\"} 0"));
    CHECK(f.logged().find("a push was answered") != std::string::npos);
}

TEST_CASE("what is dropped counts its events as coalesced but one", "[push_journal]") {
    Fixture f;
    store::Pending row = f.mail(1);
    row.events = 3;
    Waiting waiting(row);
    f.journal.dropped(waiting, PushMetrics::Drop::DeviceGone);
    CHECK(f.counts("postbell_events_coalesced_total 2"));
    CHECK(f.counts("postbell_push_drops_total{why=\"device_gone\"} 1"));
}

TEST_CASE("an alarm names app, tenant and provider", "[push_journal]") {
    Fixture f;
    f.journal.credentialPaused("InvalidProviderToken", "renew it");
    const std::string line = f.logged();
    for (const char* part : {"app=com.example.mail", "tenant=acme", "provider=push",
                             "InvalidProviderToken", "renew it"})
        CHECK(line.find(part) != std::string::npos);
}

TEST_CASE("a provider that fails at every push is told once a minute", "[push_journal]") {
    Fixture f;
    for (int i = 0; i < 3; ++i) f.journal.fault(0, "it broke the contract");
    CHECK(f.logLines("it broke the contract") == 1);
}

TEST_CASE("a rejection is told once a minute, and a stranger's push server never",
          "[push_journal]") {
    Fixture f;
    CHECK(f.rejections(false) == 0);
    CHECK(f.rejections(true) == 1);
}

TEST_CASE("pushes that cannot be encoded are told once a minute", "[push_journal]") {
    Fixture f;
    for (int i = 0; i < 3; ++i) f.journal.neverEncoded(1, "it is too large");
    CHECK(f.logLines("could not encode") == 1);
}
