// SPDX-License-Identifier: Apache-2.0
#include "store/seal/sealer.h"

#include <catch2/catch.hpp>

using namespace postbell::store;
using Catch::Matchers::Contains;

namespace {

MasterKey testKey() {
    return MasterKey::parse("3TPgUaKeIwxrgi0+M+ql3tMaxZAUfs7jSPcZpucTuPs=", "TEST_KEY");
}

}  // namespace

TEST_CASE("a sealed value opens in its place only", "[store]") {
    const Sealer sealer(testKey());
    const std::string sealed = sealer.seal("device.token", "1", "secret");

    CHECK(sealer.open("device.token", "1", sealed) == "secret");
    CHECK_THROWS_AS(sealer.open("device.token", "2", sealed), SealError);
    CHECK_THROWS_AS(sealer.open("credential.content", "1", sealed), SealError);
    CHECK_THROWS_AS(sealer.open("device.token", "1", ""), SealError);
    CHECK_THROWS_WITH(Sealer(testKey(), 2).open("device.token", "1", sealed),
                      Contains("master key 1; this one is 2"));
}
