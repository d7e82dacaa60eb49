// SPDX-License-Identifier: Apache-2.0
#include "app/check_gateway.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "store/seal/master_key.h"
#include "support/temporary_folder.h"

using namespace postbell;
using namespace postbell::app;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("a master key that is not the running gateway's is a no") {
    const testing::TemporaryFolder folder;
    config::Config config;
    config.secrets.master_key_file = folder.file("master.key");
    const auto key = store::MasterKey::create(config.secrets.master_key_file);
    for (const bool same : {true, false}) {
        CheckReport report;
        GatewayFindings gateway;
        gateway.runs = true;
        gateway.state = {{"master_key_fingerprint", same ? key.fingerprint() : "another"}};
        checkMasterKey(report, config, gateway);
        CHECK(report.take()["ok"] == same);
    }
}

TEST_CASE("an origin that fails in the running gateway is named with the reason") {
    const json gateway = {{"failing_origins",
                           {{{"tenant", "acme"},
                             {"app", "com.example.mail"},
                             {"environment", "production"},
                             {"origin", "https://api.push.apple.com"},
                             {"reason", "no route"}}}}};
    CHECK_THAT(whyFailing("https://api.push.apple.com", gateway),
               Contains("com.example.mail of acme") && Contains("no route"));
    CHECK(whyFailing("https://api.sandbox.push.apple.com", gateway).empty());
    CHECK(whyFailing("https://api.push.apple.com", json()).empty());
}
