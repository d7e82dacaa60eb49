// SPDX-License-Identifier: Apache-2.0
// Run by hand in a release build: test_fcm "[cost]".
#include <catch2/catch.hpp>

#include "loaded_fcm.h"
#include "plugins/request_cost.h"

using namespace postbell::fcm::testing;

TEST_CASE("a request and its outcome cost less than two microseconds", "[.][cost]") {
    const postbell::testing::FakeHost host;
    const postbell::testing::PluginInstance instance(loadedFcm(), host);
    const std::string account = accountJson().dump();

    CHECK(postbell::test::costOfPush(instance, fileOf(account), samplePush(), kNow) < 2'000);
}
