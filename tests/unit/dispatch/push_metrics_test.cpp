// SPDX-License-Identifier: Apache-2.0
#include "dispatch/journal/push_metrics.h"

#include <prometheus/text_serializer.h>
#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture {
    prometheus::Registry registry;
    PushMetrics metrics{registry, {"apns", "fcm"}};
    PushMetrics::OfProvider& apns = metrics.of("apns");

    std::string text() const { return prometheus::TextSerializer().Serialize(registry.Collect()); }
    bool has(const std::string& line) const { return text().find(line) != std::string::npos; }
};

PushOutcome outcome(std::size_t number) {
    return static_cast<PushOutcome>(number);
}

}  // namespace

TEST_CASE("every outcome has a name of its own, and a series from the start", "[push_metrics]") {
    Fixture f;
    std::set<std::string> names;
    for (std::size_t i = 0; i < kPushOutcomes; ++i) {
        const std::string its(name(outcome(i)));
        CHECK_FALSE(its.empty());
        names.insert(its);
        for (const char* provider : {"apns", "fcm"})
            CHECK(f.has("postbell_pushes_total{outcome=\"" + its + "\",provider=\"" + provider +
                        "\"} 0"));
    }
    CHECK(names.size() == kPushOutcomes);
    CHECK(name(outcome(kPushOutcomes)).empty());
}

TEST_CASE("each outcome is counted under its name, and with the network's word", "[push_metrics]") {
    Fixture f;
    for (std::size_t i = 0; i < kPushOutcomes; ++i) f.apns.ended(outcome(i), "Word");
    for (std::size_t i = 0; i < kPushOutcomes; ++i) {
        const std::string its(name(outcome(i)));
        CHECK(f.has("postbell_pushes_total{outcome=\"" + its + "\",provider=\"apns\"} 1"));
        CHECK(f.has("postbell_push_reasons_total{outcome=\"" + its +
                    "\",provider=\"apns\",reason=\"Word\"} 1"));
    }
}

TEST_CASE("no more than a hundred reasons are kept apart", "[push_metrics]") {
    Fixture f;
    for (int i = 0; i < 99; ++i) f.apns.ended(PushOutcome::Retry, std::to_string(i));
    f.apns.ended(PushOutcome::Rejected, "the hundredth");
    for (int i = 0; i < 3; ++i) f.apns.ended(PushOutcome::Retry, "more " + std::to_string(i));
    f.apns.ended(PushOutcome::Retry, "7");
    CHECK(f.has("reason=\"the hundredth\"} 1"));
    CHECK_FALSE(f.has("reason=\"more"));
    CHECK(f.has("outcome=\"retry\",provider=\"apns\",reason=\"other\"} 3"));
    CHECK(f.has("outcome=\"retry\",provider=\"apns\",reason=\"7\"} 2"));
}

TEST_CASE("the providers' results and the outcomes have one set of names", "[push_metrics]") {
    using Result = provider::Outcome::Result;
    CHECK(name(outcomeOf(Result::Delivered)) == "delivered");
    CHECK(name(outcomeOf(Result::Retry)) == "retry");
    CHECK(name(outcomeOf(Result::TokenDead)) == "token_dead");
    CHECK(name(outcomeOf(Result::TokenForeign)) == "token_foreign");
    CHECK(name(outcomeOf(Result::CredentialRefused)) == "credential_refused");
    CHECK(name(outcomeOf(Result::Reauthorize)) == "reauthorize");
    CHECK(name(outcomeOf(Result::Rejected)) == "rejected");
}

TEST_CASE("events are counted that cause no push of their own", "[push_metrics]") {
    Fixture f;
    f.metrics.coalesced(0);
    f.metrics.coalesced(3);
    f.metrics.dropped(PushMetrics::Drop::AppOff);
    f.metrics.sentAfter(true, 0.3);
    CHECK(f.has("postbell_events_coalesced_total 3"));
    CHECK(f.has("postbell_push_drops_total{why=\"app_off\"} 1"));
    CHECK(f.has("postbell_push_wait_seconds_count{kind=\"new_mail\"} 1"));
    CHECK(f.has("postbell_push_wait_seconds_count{kind=\"count_changed\"} 0"));
}
