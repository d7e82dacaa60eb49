// SPDX-License-Identifier: Apache-2.0
#include "provider/credential_session.h"

#include <catch2/catch.hpp>

#include <prometheus/registry.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/loop.h"
#include "engine/pool.h"
#include "support/fake_provider.h"
#include "support/test_certificates.h"

using namespace postbell;
using namespace postbell::provider;
using namespace std::chrono_literals;
using testing::FakeProvider;
using testing::text;
using Authorized = CredentialSession::Authorized;

namespace {

struct Bench : FakeProvider {
    explicit Bench(const std::string& plugin = "fake_provider") : FakeProvider(plugin) {
        script.request = [](const postbell_push&, postbell_http_request& out) {
            static const postbell_header kHeaders[] = {
                {text("apns-topic"), text("com.example.mail"), 0},
                {text("secret"), text("x"), POSTBELL_HEADER_SECRET | POSTBELL_HEADER_VARIES}};
            out.headers = kHeaders;
            out.header_count = 2;
            out.body = {reinterpret_cast<const std::uint8_t*>("{}"), 2};
            return POSTBELL_OK;
        };
    }

    std::unique_ptr<CredentialSession> open(CredentialSession::Hooks hooks = {}) {
        return std::make_unique<CredentialSession>(
            *provider, store::Credential(), "com.example.mail", std::move(hooks), bench.clock);
    }
    /// One that authorizes with a token that Apple would take.
    void authorizes() {
        script.authorize = [this](std::int64_t now_ms, postbell_authorization& out) {
            value = "bearer " + std::to_string(++asked);
            out.header = {text("authorization"), text(value), 0};
            out.not_renewed_before_ms = now_ms + 20 * 60'000;
            out.renew_ms = now_ms + 50 * 60'000;
            out.expires_ms = now_ms + 60 * 60'000;
            return POSTBELL_OK;
        };
    }
    double slowCalls() {
        for (const auto& family : bench.registry.Collect())
            if (family.name == "postbell_slow_plugin_calls_total")
                return family.metric.at(0).counter.value;
        return -1;
    }
    int asked = 0;
    std::string value;  ///< of the authorization that was given last
};

engine::Answer answer(int status) {
    engine::Answer made;
    made.status = status;
    return made;
}

}  // namespace

TEST_CASE("a credential is open as long as its session", "[provider]") {
    Bench bench;
    {
        const auto session = bench.open();
        CHECK(bench.script.open_credentials == 1);
    }
    CHECK(bench.script.open_credentials == 0);

    bench.script.opens = false;
    bench.script.inspect = [](const postbell_credential_file&, const auto& report) {
        postbell_credential_report found{};
        found.size = sizeof found;
        found.problem = text("the key is none");
        report(found);
        return POSTBELL_OK;
    };
    CHECK_THROWS_WITH(bench.open(), Catch::Contains("the key is none"));
    CHECK(bench.script.open_credentials == 0);
}

TEST_CASE("a session presents the identity that its plugin reports, or is not opened",
          "[provider]") {
    Bench bench;
    std::string identity, problem;
    bench.script.inspect = [&](const postbell_credential_file&, const auto& report) {
        postbell_credential_report found{};
        found.size = sizeof found;
        found.flags = POSTBELL_CREDENTIAL_TLS_IDENTITY;
        found.kind = text("certificate");
        found.problem = {problem.data(), problem.size()};
        found.identity = {reinterpret_cast<const std::uint8_t*>(identity.data()), identity.size()};
        report(found);
        return POSTBELL_OK;
    };
    const test::TestAuthority authority;
    const test::CertificatePem good = authority.issue("com.example.mail", "");
    const test::CertificatePem weak = authority.issueWeak("weak", test::Weakness::Sha1);

    identity = good.key + good.certificate;
    CHECK(bench.open()->identity() != nullptr);
    identity = weak.key + weak.certificate;
    CHECK_THROWS_WITH(bench.open(), Catch::Contains("signed with SHA1"));
    identity.clear();
    problem = "the password is wrong";
    CHECK_THROWS_WITH(bench.open(), Catch::Contains("the password is wrong"));
    CHECK(bench.script.open_credentials == 0);
}

TEST_CASE("a push is encoded, and its answer read, as the plugin says", "[provider]") {
    Bench bench;
    const auto session = bench.open();
    const Encoded& encoded = session->encode({});
    REQUIRE(encoded.result == Encoded::Result::Ready);
    CHECK(encoded.problem.empty());
    CHECK(encoded.method == "POST");
    CHECK(encoded.origin == "https://push.example.com");
    CHECK(encoded.path == "/push");
    CHECK(encoded.body == "{}");
    REQUIRE(encoded.headers.size() == 2);
    CHECK(encoded.headers[0].name == "apns-topic");
    CHECK_FALSE(encoded.headers[0].secret);
    CHECK(encoded.headers[1].secret);
    CHECK(encoded.headers[1].varies);

    bench.script.outcome = [](const postbell_push&, const postbell_response& response,
                              postbell_outcome& out) {
        CHECK(response.status == 503);
        out.result = POSTBELL_OUTCOME_RETRY;
        out.flags = POSTBELL_OUTCOME_NEW_CONNECTION;
        out.reason = text("Shutdown");
        return POSTBELL_OK;
    };
    const Outcome outcome = session->classify({}, answer(503));
    CHECK(outcome.result == Outcome::Result::Retry);
    CHECK(outcome.new_connection);
    CHECK(outcome.reason == "Shutdown");
}

TEST_CASE("headers are allocated once, not for each push", "[provider]") {
    Bench bench;
    const auto session = bench.open();
    const engine::Header* first = session->encode({}).headers.data();
    for (int i = 0; i < 10; ++i) CHECK(session->encode({}).headers.data() == first);
}

TEST_CASE("errors of request() mean later, never, or a defect", "[provider]") {
    Bench bench;
    const auto session = bench.open();
    const auto encode = [&](postbell_status status) {
        bench.script.request = [status](const postbell_push&, postbell_http_request&) {
            return status;
        };
        return session->encode({});
    };
    CHECK(encode(POSTBELL_EAGAIN).result == Encoded::Result::Later);
    CHECK(encode(POSTBELL_EINVAL).result == Encoded::Result::Never);
    CHECK_THAT(encode(POSTBELL_EINVAL).problem, Catch::Contains("provider fake"));
    CHECK(bench.bench.logged().find("breaks") == std::string::npos);
    for (const postbell_status status :
         std::initializer_list<postbell_status>{POSTBELL_EINTERNAL, POSTBELL_ELIMIT, -1234})
        CHECK(encode(status).result == Encoded::Result::Defect);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("provider fake"));
}

TEST_CASE("garbage in any field is a defect that names the plugin and the field", "[provider]") {
    using Break = std::function<void(postbell_http_request&)>;
    static const postbell_header kUpper[] = {{text("Apns-Topic"), text("x"), 0}};
    static const postbell_header kSplit[] = {{text("a"), text("x\r\nb: y"), 0}};
    static const postbell_header kHost[] = {{text("host"), text("x"), 0}};
    const auto headers = [](const postbell_header* first) {
        return [first](postbell_http_request& out) {
            out.headers = first;
            out.header_count = 1;
        };
    };
    const auto origin = [](std::string_view value) {
        return [value](postbell_http_request& out) { out.origin = text(value); };
    };
    const std::pair<const char*, Break> kBreaches[] = {
        {"method",
         [](auto& out) {
             out.method = {nullptr, 4};
         }},
        {"method", [](auto& out) { out.method = text("get"); }},
        {"path", [](auto& out) { out.path = {}; }},
        {"path", [](auto& out) { out.path = text("/a b"); }},
        {"path", [](auto& out) { out.path = text("*"); }},
        {"headers", [](auto& out) { out.headers = nullptr, out.header_count = 3; }},
        {"Apns-Topic", headers(kUpper)},
        {"control character", headers(kSplit)},
        {"host", headers(kHost)},
        {"body",
         [](auto& out) {
             out.body = {nullptr, 9};
         }},
        {"origin", origin("")},
        {"origin", origin("https://elsewhere.example.com")},
        {"origin", origin("http://push.example.com")},
        {"origin", origin("https://push.example.com/path")},
        {"origin", origin("https://push.example.com\r\n")},
        {"origin", origin(std::string_view("\0\xff", 2))},
    };
    for (const auto& [field, broken] : kBreaches) {
        INFO(field);
        Bench bench;
        const auto session = bench.open();
        REQUIRE(session->encode({}).result == Encoded::Result::Ready);
        bench.script.request = [&b = broken](const postbell_push&, postbell_http_request& out) {
            b(out);
            return POSTBELL_OK;
        };
        const Encoded& encoded = session->encode({});
        CHECK(encoded.result == Encoded::Result::Defect);
        CHECK_THAT(encoded.problem, Catch::Contains("provider fake") && Catch::Contains(field));
        CHECK_THAT(bench.bench.logged(), Catch::Contains("provider fake"));
    }
}

TEST_CASE("an unknown outcome is tried again, and named once", "[provider]") {
    Bench bench;
    const auto session = bench.open();
    bench.script.outcome = [](const postbell_push&, const postbell_response&,
                              postbell_outcome& out) {
        out.result = 99;
        return POSTBELL_OK;
    };
    for (int i = 0; i < 5; ++i)
        CHECK(session->classify({}, answer(200)).result == Outcome::Result::Retry);
    const std::string logged = bench.bench.logged();
    CHECK_THAT(logged, Catch::Contains("the unknown result 99"));
    CHECK(std::count(logged.begin(), logged.end(), '\n') == 1);

    bench.script.outcome = [](const postbell_push&, const postbell_response&,
                              postbell_outcome& out) {
        out.result = POSTBELL_OUTCOME_DELIVERED;
        return POSTBELL_EINTERNAL;
    };
    CHECK(session->classify({}, answer(200)).result == Outcome::Result::Retry);
}

TEST_CASE("an authorization is kept, presented, and renewed in time", "[provider]") {
    Bench bench;
    bench.authorizes();
    std::vector<store::StoredAuthorization> kept;
    CredentialSession::Hooks hooks;
    std::function<void()> durable;
    hooks.keep = [&](const store::StoredAuthorization& a, std::function<void()> call) {
        kept.push_back(a);
        durable = std::move(call);
    };
    const auto session = bench.open(std::move(hooks));
    CHECK(session->authorize() == Authorized::Pending);
    CHECK(session->authorize() == Authorized::Pending);
    durable();
    CHECK(session->authorize() == Authorized::Yes);
    CHECK(bench.asked == 1);
    CHECK(session->authorization().value == "bearer 1");
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].value == "bearer 1");
    CHECK(util::isSet(kept[0].not_renewed_before));
    bench.bench.clock.advance(50min);
    CHECK(session->authorize() == Authorized::Pending);
    CHECK(bench.asked == 2);
}

TEST_CASE("after a refusal no authorization is made that the network resents",
          "[provider][row:RULE-4]") {
    Bench bench;
    bench.authorizes();
    const auto session = bench.open();
    REQUIRE(session->authorize() == Authorized::Yes);
    const auto first = session->authorizationNumber();
    bench.bench.clock.advance(1min);
    session->dropAuthorization();
    CHECK(session->authorize() == Authorized::Pending);
    CHECK(session->retryAt() == bench.bench.clock.steady() + 19min);
    CHECK_FALSE(session->problem().empty());
    CHECK(bench.asked == 1);
    bench.bench.clock.advance(19min);
    CHECK(session->authorize() == Authorized::Yes);
    CHECK(bench.asked == 2);
    CHECK(session->authorizationNumber() != first);
}

TEST_CASE("a refused credential presents its authorization until another may be had",
          "[provider]") {
    Bench bench;
    bench.authorizes();
    const auto session = bench.open();
    REQUIRE(session->authorize() == Authorized::Yes);
    session->renewAuthorization();
    CHECK(session->authorize() == Authorized::Yes);
    CHECK(bench.asked == 1);
    bench.bench.clock.advance(20min);
    CHECK(session->authorize() == Authorized::Yes);
    CHECK(bench.asked == 2);
}

TEST_CASE("an authorization that cannot be had now is not held against the credential",
          "[provider]") {
    Bench bench;
    int told = 0;
    CredentialSession::Hooks hooks;
    hooks.on_authorized = [&] { ++told; };
    const auto session = bench.open(std::move(hooks));
    bench.script.authorize = [](std::int64_t, postbell_authorization& out) {
        out.problem = text("overloaded");
        out.retry_after_ms = 30'000;
        return POSTBELL_EAGAIN;
    };
    CHECK(session->authorize() == Authorized::Pending);
    CHECK(told == 1);
    CHECK(session->problem() == "overloaded");
    CHECK(session->retryAt() == bench.bench.clock.steady() + 30s);
    bench.script.authorize = [](std::int64_t, postbell_authorization& out) {
        out.problem = text("the key was revoked");
        return POSTBELL_OK;
    };
    CHECK(session->authorize() == Authorized::Pending);
    bench.bench.clock.advance(30s);
    CHECK(session->authorize() == Authorized::Refused);
    CHECK(session->problem() == "the key was revoked");
}

TEST_CASE("a provider that blocks is named", "[provider]") {
    Bench bench;
    const auto session = bench.open();
    bench.script.outcome = [](const postbell_push&, const postbell_response&, postbell_outcome&) {
        std::this_thread::sleep_for(600ms);
        return POSTBELL_OK;
    };
    session->classify({}, answer(200));
    CHECK_THAT(bench.bench.logged(),
               Catch::Contains("provider fake") && Catch::Contains("outcome() took"));
    CHECK(bench.slowCalls() == 1);
}

TEST_CASE("an encoder that is slow again and again is called beside the loop", "[provider]") {
    Bench bench;
    bool slow = true;
    bench.script.request = [&](const postbell_push&, postbell_http_request&) {
        if (slow) std::this_thread::sleep_for(510ms);
        return POSTBELL_EAGAIN;
    };
    const auto session = bench.open();
    for (int call = 0; call < 2; ++call) session->encode({});
    slow = false;
    session->encode({});
    slow = true;
    for (int call = 0; call < 2; ++call) session->encode({});
    CHECK_FALSE(session->encodesBesideLoop());

    session->encode({});

    CHECK(session->encodesBesideLoop());
    CHECK(bench.slowCalls() == 5);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("threads of its own"));
}

namespace {

/// A loop's queue, worked off by the test.
class Posted {
  public:
    void post(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        work_.push_back(std::move(work));
        changed_.notify_all();
    }
    void runOne() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !work_.empty(); });
        const auto work = std::move(work_.front());
        work_.erase(work_.begin());
        lock.unlock();
        work();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::function<void()>> work_;
};

}  // namespace

TEST_CASE("an expensive encoder runs beside the loop, one push at a time", "[provider]") {
    Bench bench("expensive_provider");
    Posted posted;
    CredentialSession::Hooks hooks;
    hooks.post = [&](std::function<void()> work) { posted.post(std::move(work)); };
    auto session = bench.open(std::move(hooks));
    REQUIRE(session->encodesBesideLoop());

    std::thread::id encoded_by;
    bench.script.request = [&](const postbell_push&, postbell_http_request& out) {
        encoded_by = std::this_thread::get_id();
        static thread_local std::string path;
        path = "/1";
        out.path = text(path);
        return POSTBELL_OK;
    };
    std::string path;
    session->encodeBesideLoop({}, [&](Encoded& encoded) {
        CHECK(encoded.result == Encoded::Result::Ready);
        path = encoded.path;
    });
    CHECK(path.empty());
    posted.runOne();
    CHECK(path == "/1");
    CHECK(encoded_by != std::this_thread::get_id());
}

TEST_CASE("a session waits for its own push that is being encoded", "[provider]") {
    Bench bench("expensive_provider");
    Posted posted;
    CredentialSession::Hooks hooks;
    hooks.post = [&](std::function<void()> work) { posted.post(std::move(work)); };
    auto session = bench.open(std::move(hooks));
    std::atomic<bool> inside{false}, begun{false};
    bench.script.request = [&](const postbell_push&, postbell_http_request&) {
        inside = true;
        begun = true;
        std::this_thread::sleep_for(50ms);
        inside = false;
        return POSTBELL_OK;
    };
    bool called = false;
    session->encodeBesideLoop({}, [&](Encoded&) { called = true; });
    while (!begun) std::this_thread::yield();
    session.reset();
    CHECK_FALSE(inside);
    posted.runOne();
    CHECK_FALSE(called);
}

TEST_CASE("a request of an absurd length is a defect of the plugin, and not read", "[provider]") {
    Bench bench;
    bench.script.request = [](const postbell_push&, postbell_http_request& out) {
        out.body = {reinterpret_cast<const std::uint8_t*>("x"), std::size_t{1} << 40};
        return POSTBELL_OK;
    };
    const auto session = bench.open();
    const Encoded& encoded = session->encode({});
    CHECK(encoded.result == Encoded::Result::Defect);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("provider fake") &&
                                         Catch::Contains("the body has 1099511627776 bytes"));
}

TEST_CASE("a plugin that asks for patience is in the log, and so is a failed outcome's sentence",
          "[provider]") {
    Bench bench;
    bench.script.request = [](const postbell_push&, postbell_http_request& out) {
        out.problem = text("the key comes later");
        return POSTBELL_EAGAIN;
    };
    bench.script.outcome = [](const postbell_push&, const postbell_response&,
                              postbell_outcome& out) {
        out.advice = text("the answer is a riddle");
        return POSTBELL_EINTERNAL;
    };
    const auto session = bench.open();
    session->encode({});
    session->classify({}, answer(200));
    CHECK_THAT(bench.bench.logged(),
               Catch::Contains("the key comes later") && Catch::Contains("the answer is a riddle"));
}
