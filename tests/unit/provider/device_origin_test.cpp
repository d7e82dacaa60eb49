// SPDX-License-Identifier: Apache-2.0
// Providers whose devices name where their pushes go.
#include <catch2/catch.hpp>

#include "engine/loop.h"
#include "engine/pool.h"
#include "provider/credential_session.h"
#include "support/fake_provider.h"

using namespace postbell;
using namespace postbell::provider;
using engine::NamedBy;
using testing::FakeProvider;
using testing::text;

namespace {

/// A token is the origin that it names.
struct Bench : FakeProvider {
    explicit Bench(const std::string& plugin = "device_provider",
                   std::vector<std::string> allowed = {})
        : FakeProvider(plugin, std::move(allowed)) {
        script.check_token = [](postbell_str token, postbell_token_check& found) {
            found.origin = token;
            found.expires_ms = 12;
            return POSTBELL_OK;
        };
    }
};

}  // namespace

TEST_CASE("the origin that a token names is kept in one spelling", "[provider][row:ORIGIN-2]") {
    const Bench bench;
    const TokenCheck check = bench.provider->checkToken("HTTPS://Push.Example.com:443");
    CHECK(check.problem.empty());
    CHECK(check.origin == "https://push.example.com");
    CHECK(check.expires_at == util::fromMs(12));
    CHECK(*bench.provider->namedBy(check.origin) == NamedBy::Device);
    CHECK(bench.provider->checkToken("https://push.example.com:8443").origin ==
          "https://push.example.com:8443");
    CHECK(bench.provider->checkToken("https://xn--bcher-kva.example").problem.empty());
}

TEST_CASE("an origin that cannot be pushed to is refused with a sentence",
          "[provider][row:ORIGIN-2]") {
    const Bench bench;
    const auto& [origin, why] = GENERATE(table<std::string, std::string>({
        {"http://push.example.com", "does not begin with https://"},
        {"https://user@push.example.com", "names a user"},
        {"https://push.example.com/path", "has a path"},
        {"https://push.example.com?x", "has a path or a query"},
        {"https://b\xc3\xbc\x63her.example", "a character that host names do not have"},
        {"https://push.example.com.", "not a name of letters"},
        {"https://push", "not a full name"},
        {"https://ntfy.local", "local networks"},
        {"https://push.example.com:25", "neither 443 nor from 1024 up"},
        {"https://push.example.com:0", "the port is not a number"},
        {"https://push.example.com:65536", "the port is not a number"},
        {"https://127.0.0.1", "loopback"},
        {"https://10.0.0.1", "private"},
        {"https://169.254.169.254", "link-local"},
        {"https://[::1]", "loopback"},
        {"https://[fe80::1]", "link-local"},
        {"https://[::ffff:127.0.0.1]", "its address"},
        {"https://[64:ff9b::a00:1]", "its address"},
        {"https://2130706433", "unusual spelling"},
        {"https://0x7f000001", "unusual spelling"},
        {"https://0177.0.0.1", "unusual spelling"},
        {"https://127.1", "unusual spelling"},
    }));
    CAPTURE(origin);
    const TokenCheck check = bench.provider->checkToken(origin);
    CHECK(check.normal.empty());
    CHECK_THAT(check.problem, Catch::Contains(why));
}

TEST_CASE("an origin that the operator allows may be anywhere", "[provider][row:ORIGIN-4]") {
    const Bench bench("device_provider", {"https://127.0.0.1:8443", "https://ntfy:22"});
    CHECK(bench.provider->checkToken("https://127.0.0.1:8443").problem.empty());
    CHECK(*bench.provider->namedBy("https://127.0.0.1:8443") == NamedBy::Operator);
    CHECK(*bench.provider->namedBy("https://ntfy:22") == NamedBy::Operator);
    // Exactly, the port included; and as soon as it is allowed no more.
    CHECK_FALSE(bench.provider->namedBy("https://127.0.0.1:8444"));
    CHECK_FALSE(Bench().provider->namedBy("https://ntfy:22"));
}

TEST_CASE("devices name an origin only where the provider says that they do",
          "[provider][row:ORIGIN-3]") {
    const Bench bench("fake_provider", {"https://allowed.example.com"});
    CHECK(bench.provider->checkToken("https://push.example.com").problem ==
          "provider fake may not have devices name the push server");
    CHECK(*bench.provider->namedBy("https://allowed.example.com") == NamedBy::Network);
    CHECK(bench.provider->namedBy("https://elsewhere.example.com").problem() ==
          "it named the origin https://elsewhere.example.com, which it may not use");
}

TEST_CASE("a push goes to its own device's origin, and to no other", "[provider][row:ORIGIN-3]") {
    Bench bench("device_provider", {"https://allowed.example.com"});
    const CredentialSession::Hooks none;
    CredentialSession session(*bench.provider, store::Credential(), "com.example.mail", none,
                              bench.bench.clock);
    std::string requested;
    bench.script.request = [&](const postbell_push&, postbell_http_request& out) {
        out.origin = text(requested);
        return POSTBELL_OK;
    };
    Push push;
    push.origin = "https://push.example.com";

    requested = "https://push.example.com";
    CHECK(session.encode(push).result == Encoded::Result::Ready);
    requested = "https://PUSH.example.com:443";
    CHECK(session.encode(push).result == Encoded::Result::Ready);
    CHECK(session.encode(push).origin == "https://push.example.com");
    for (const char* other : {"https://other.example.com", "https://push.example.com:8443",
                              "https://allowed.example.com", "http://push.example.com"}) {
        requested = other;
        const Encoded& encoded = session.encode(push);
        CHECK(encoded.result == Encoded::Result::Defect);
        CHECK_THAT(encoded.problem, Catch::Contains("not the one that the device named"));
    }
}
