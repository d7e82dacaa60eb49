// SPDX-License-Identifier: Apache-2.0
#include "admin/credential_faults.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "support/fake_clock.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

struct Bench {
    testing::FakeClock clock;
    std::vector<std::string> opened;
    admin::CredentialFaults faults{[this](const store::Credential& c, const std::string& app) {
                                       opened.push_back(app + " " + c.content);
                                       return c.content == "good" ? "" : "it is bad";
                                   },
                                   clock};

    static store::Credential credential(const std::string& content) {
        store::Credential c;
        c.provider = "fcm";
        c.content = content;
        return c;
    }
};

}  // namespace

TEST_CASE("a credential is opened once in an hour, and its fault told meanwhile") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        CHECK(bench.faults.of(Bench::credential("good"), "a").empty());
        CHECK(bench.faults.of(Bench::credential("bad"), "a") == "it is bad");
    }
    CHECK(bench.opened == std::vector<std::string>{"a good", "a bad"});

    bench.clock.advance(1h);
    bench.faults.of(Bench::credential("good"), "a");
    CHECK(bench.opened.size() == 3);
}

TEST_CASE("whatever else is opened is opened: another file, password, setting, provider or app") {
    Bench bench;
    store::Credential credential = Bench::credential("good");
    bench.faults.of(credential, "a");
    bench.faults.of(credential, "b");
    credential.password = "p";
    bench.faults.of(credential, "a");
    credential.settings = {{"key-id", "x"}};
    bench.faults.of(credential, "a");
    credential.settings = {{"key-i", "dx"}};
    bench.faults.of(credential, "a");
    credential.provider = "apns";
    bench.faults.of(credential, "a");
    CHECK(bench.opened.size() == 6);
}
