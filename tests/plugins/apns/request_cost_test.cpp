// SPDX-License-Identifier: Apache-2.0
// Run by hand in a release build: test_apns "[cost]".
#include <catch2/catch.hpp>

#include "loaded_apns.h"
#include "plugins/request_cost.h"

using namespace postbell::apns::testing;

TEST_CASE("a request and its outcome cost less than two microseconds", "[.][cost]") {
    const postbell::testing::FakeHost host;
    const postbell::testing::PluginInstance instance(loadedApns(), host);
    const StoredKey key{pemKey(*newEcKey())};

    CHECK(postbell::test::costOfPush(instance, key.raw(), samplePush(), kNow) < 2'000);
}
