// SPDX-License-Identifier: Apache-2.0
#include "app/check_certificate.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::app;
using Catch::Matchers::Contains;
using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;

namespace {

const util::WallTime kNow = util::fromMs(1'800'000'000'000);  // 2027-01-15

/// A gateway that serves one certificate on its mailbox listener.
json serving(const json& fingerprint, const json& expires_at) {
    return {
        {"certificates",
         {{{"listener", "mailbox"}, {"fingerprint", fingerprint}, {"expires_at", expires_at}}}}};
}

json servedLines(const json& gateway) {
    net::ServerCertificate held;
    held.fingerprint = "new";
    held.expires = kNow + days(90);
    CheckReport report;
    checkServed(report, "mailbox", held, gateway, kNow);
    return report.take()["checks"];
}

}  // namespace

TEST_CASE("a certificate that is served as its file holds it is worth no line") {
    CHECK(servedLines(serving("new", "2027-04-15T00:00:00Z")).empty());
    CHECK(servedLines(json()).empty());
}

TEST_CASE("a gateway that serves another certificate than the file holds is told to reload") {
    const auto [expires, verdict, words] = GENERATE(table<const char*, const char*, const char*>(
        {{"2027-01-14T00:00:00Z", "no",
          "serves an older certificate than the file holds, which expired"},
         {"2027-01-16T00:00:00Z", "warn",
          "serves an older certificate than the file holds, good until"},
         {"2028-01-16T00:00:00Z", "warn", "serves another certificate than the file holds"}}));
    const json lines = servedLines(serving("old", expires));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["verdict"] == verdict);
    CHECK_THAT(lines[0]["detail"].get<std::string>(), Contains(words) && Contains("reload"));
}

TEST_CASE("a certificate is judged by its end and by its doubts, and both are told") {
    net::ServerCertificate found;
    found.begins = kNow - days(80);
    const auto verdict = [&](util::Milliseconds left, bool doubted) {
        found.expires = kNow + left;
        found.doubts.clear();
        if (doubted) found.doubts.push_back("the issuer is not known");
        return judge(found, "tls.pem", kNow);
    };

    CHECK(verdict(days(15), false).first == Verdict::Yes);
    CHECK(verdict(days(13), false).first == Verdict::Warn);
    const auto both = verdict(days(10), true);
    CHECK(both.first == Verdict::Warn);
    CHECK_THAT(both.second, Contains("the issuer is not known") && Contains("ends soon"));
    CHECK_THAT(verdict(days(15), true).second, Contains("good until"));
    found.faults = {"it expired"};
    CHECK(verdict(days(-1), true) == std::pair(Verdict::No, std::string("it expired")));
}

TEST_CASE("a certificate of six days ends soon in its last third") {
    net::ServerCertificate found;
    found.begins = kNow;
    found.expires = kNow + days(6);
    CHECK(judge(found, "tls.pem", kNow + hours(95)).first == Verdict::Yes);
    CHECK(judge(found, "tls.pem", kNow + hours(97)).first == Verdict::Warn);
}
