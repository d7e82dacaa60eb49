// SPDX-License-Identifier: Apache-2.0
#include "engine/http2_session.h"
#include "engine_fixture.h"
#include "support/failing_new.h"

using namespace postbell;
using namespace postbell::test;

TEST_CASE("a connection without memory for its session fails, and another takes its place",
          "[engine]") {
    EngineFixture fixture(10.0);
    H2TestServer server(fixture.certificate, {});
    engine::PoolOptions options = fixture.options(server.origin());
    options.requests_per_connection = 1;
    fixture.open(options);
    // What the pool keeps from its first request on may have the session's size.
    REQUIRE(fixture.ask(1).status == 200);

    testing::failAllocationOf(sizeof(engine::Http2Session));
    fixture.ask(2);

    CHECK(testing::endOfFailures() == 1);
    std::uint64_t tag = 2;
    CHECK(eventually([&] { return fixture.ask(++tag).status == 200; }));
}
