// SPDX-License-Identifier: Apache-2.0
// The C++ face writes the part of a struct that the host knows, and no byte more.
#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

#include "postbell/backend.hpp"

using namespace postbell;

namespace {

constexpr unsigned char kCanary = 0xA5;

/// Calls `fill` with a Struct of every size that a host may know, from `size` alone to the whole.
/// Bytes within must be as in the whole, bytes behind must be untouched.
template <class Struct, class Fill>
void driveWithEverySize(Fill&& fill) {
    static_assert(alignof(Struct) <= alignof(std::max_align_t));
    const auto filled = [&](std::size_t size) {
        std::vector<unsigned char> memory(sizeof(Struct) + 64, kCanary);
        std::memset(memory.data(), 0, size);
        auto* out = reinterpret_cast<Struct*>(memory.data());
        out->size = static_cast<std::uint32_t>(size);
        fill(out);
        CHECK(out->size == size);
        out->size = 0;
        return memory;
    };
    const std::vector<unsigned char> whole = filled(sizeof(Struct));
    bool wrote = false;
    for (std::size_t i = 4; i < sizeof(Struct); ++i) wrote = wrote || whole[i] != 0;
    CHECK(wrote);  // else the rest proves nothing
    for (std::size_t size = 4; size < sizeof(Struct); size += 4) {
        INFO("size " << size);
        const std::vector<unsigned char> part = filled(size);
        for (std::size_t i = size; i < part.size(); ++i) REQUIRE(part[i] == kCanary);
        for (std::size_t i = 4; i < size; ++i) {
            const bool as_in_the_whole = part[i] == whole[i];
            const bool not_written = part[i] == 0;  // a field that does not fit
            REQUIRE((as_in_the_whole || not_written));
        }
    }
}

class Talkative final : public Managed {
  public:
    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t, Authorization& out) override { say(out); }
    void authorized(const Response&, std::int64_t, Authorization& out) override { say(out); }
    std::unique_ptr<Work> open(Task) override;
    static void say(Authorization& out) {
        out.name = "authorization";
        out.value = "bearer";
        out.renew_ms = out.expires_ms = out.not_renewed_before_ms = out.retry_after_ms = 7;
        out.problem = "why";
        out.exchange = std::make_unique<HttpRequest>();
    }

  private:
    std::vector<std::string> origins_;
};

class AnyStep final : public Work {
  public:
    void step(const Response*, std::int64_t, Step& out) override {
        out.send().path = "/";
        out.scope = StepScope::Instance;
        out.retry_after_ms = out.expires_ms = 7;
        out.mailbox = out.subscription = out.problem = "text";
        out.unread = 9;
    }
};
std::unique_ptr<Work> Talkative::open(Task) {
    return std::make_unique<AnyStep>();
}

class Everything final : public Backend {
  public:
    explicit Everything(Host) {}
    const std::vector<postbell_route>& routes() const override { return routes_; }
    void handle(const Request&, Reply&) override {}
    std::uint32_t describe(std::string& callback) const override {
        callback = "{}";
        return 5;
    }
    Managed* managed() override { return &managed_; }

  private:
    Talkative managed_;
    std::vector<postbell_route> routes_;
};

class Key final : public Credential {
  public:
    void authorize(std::int64_t, Authorization& out) override { Talkative::say(out); }
    void request(const Push& push, std::int64_t, HttpRequest& out) override {
        if (push.attempt() == 2) throw InvalidInput("never");
        if (push.attempt() == 3) throw NotNow("later");
        if (push.attempt() == 4) throw std::runtime_error("a defect");
        out.origin = "https://push.example.com";
        out.path = "/";
        out.body = "{}";
        out.headers.push_back({"ttl", "1"});
    }
    void outcome(const Push&, const Response&, std::int64_t, Outcome& out) override {
        out.result = OutcomeResult::TokenDead;
        out.scope = RetryScope::Origin;
        out.flags = POSTBELL_OUTCOME_NEW_CONNECTION;
        out.retry_after_ms = out.dead_since_ms = out.backoff_ms = 7;
        out.reason = "gone";
        out.advice = "advice";
    }
};

class AnyProvider final : public Provider {
  public:
    explicit AnyProvider(Host) {}
    const std::vector<std::string>& origins() const override { return origins_; }
    TokenCheck checkToken(std::string_view token) const override {
        if (token.empty()) throw InvalidInput("it is empty");
        return {std::string(token), "", "https://a.example", 8};
    }
    CredentialReport inspect(const CredentialFile&, std::int64_t) const override { return {}; }
    std::unique_ptr<Credential> open(const CredentialFile&) const override {
        return std::make_unique<Key>();
    }

  private:
    std::vector<std::string> origins_;
};

const void* noService(const postbell_host*, const char*) noexcept {
    return nullptr;
}
const postbell_host kHost{sizeof kHost, 0, 0, {}, {}, {}, noService};

using Backends = detail::BackendGlue<Everything>;
using ManagedTable = detail::ManagedGlue<detail::BackendInstance<Everything>>;
using Providers = detail::ProviderGlue<AnyProvider>;

/// A push and an open credential of AnyProvider.
struct Opened {
    Opened() {
        const postbell_credential_file file{sizeof file, {}, {}, nullptr, 0, {}};
        REQUIRE(Providers::table.open(&provider, &file, &credential) == POSTBELL_OK);
        push.size = sizeof push;
        response.size = sizeof response;
    }
    ~Opened() { Providers::table.close(&provider, credential); }
    detail::ProviderInstance<AnyProvider> provider{Host(&kHost)};
    void* credential = nullptr;
    postbell_push push{};
    postbell_response response{};
};

}  // namespace

TEST_CASE("a description is written within its size", "[sdk]") {
    detail::BackendInstance<Everything> self{Host(&kHost)};
    driveWithEverySize<postbell_description>(
        [&](auto* out) { CHECK(Backends::table.describe(&self, out) == POSTBELL_OK); });
}

TEST_CASE("managed subscriptions write within a struct's size", "[sdk]") {
    detail::BackendInstance<Everything> self{Host(&kHost)};
    const postbell_response response{sizeof response, 200, nullptr, 0, {}, {}};
    const postbell_task task{sizeof task, POSTBELL_TASK_COUNT, {}, {}, {}, {}, {}, {}};
    const auto& table = ManagedTable::table;
    void* opened = nullptr;
    REQUIRE(table.open(&self, &task, &opened) == POSTBELL_OK);

    driveWithEverySize<postbell_authorization>(
        [&](auto* out) { CHECK(table.authorize(&self, 0, out) == POSTBELL_OK); });
    driveWithEverySize<postbell_authorization>(
        [&](auto* out) { CHECK(table.authorized(&self, &response, 0, out) == POSTBELL_OK); });
    driveWithEverySize<postbell_step>(
        [&](auto* out) { CHECK(table.step(&self, opened, nullptr, 0, out) == POSTBELL_OK); });
    table.close(&self, opened);
}

TEST_CASE("a credential writes within a struct's size", "[sdk]") {
    Opened opened;
    const auto& table = Providers::table;

    driveWithEverySize<postbell_authorization>([&](auto* out) {
        CHECK(table.authorize(&opened.provider, opened.credential, 0, out) == POSTBELL_OK);
    });
    driveWithEverySize<postbell_authorization>([&](auto* out) {
        CHECK(table.authorized(&opened.provider, opened.credential, &opened.response, 0, out) ==
              POSTBELL_OK);
    });
    for (const std::uint32_t attempt : {1u, 2u, 3u, 4u}) {
        constexpr postbell_status kAnswers[] = {POSTBELL_OK, POSTBELL_EINVAL, POSTBELL_EAGAIN,
                                                POSTBELL_EINTERNAL};
        opened.push.attempt = attempt;
        driveWithEverySize<postbell_http_request>([&](auto* out) {
            CHECK(table.request(&opened.provider, opened.credential, &opened.push, 0, out) ==
                  kAnswers[attempt - 1]);
        });
    }
    driveWithEverySize<postbell_outcome>([&](auto* out) {
        CHECK(table.outcome(&opened.provider, opened.credential, &opened.push, &opened.response, 0,
                            out) == POSTBELL_OK);
    });
}

TEST_CASE("a push that cannot be encoded says why, and whether to try again", "[sdk]") {
    Opened opened;
    const auto ask = [&](std::uint32_t attempt) {
        postbell_http_request out{};
        out.size = sizeof out;
        opened.push.attempt = attempt;
        const postbell_status status =
            Providers::table.request(&opened.provider, opened.credential, &opened.push, 0, &out);
        return std::pair(status, std::string(view(out.problem)));
    };

    CHECK(ask(1) == std::pair(postbell_status{POSTBELL_OK}, std::string()));
    CHECK(ask(2) == std::pair(postbell_status{POSTBELL_EINVAL}, std::string("never")));
    CHECK(ask(3) == std::pair(postbell_status{POSTBELL_EAGAIN}, std::string("later")));
    CHECK(ask(4) == std::pair(postbell_status{POSTBELL_EINTERNAL}, std::string("a defect")));
}

TEST_CASE("a token check's exception is the problem that it reports", "[sdk]") {
    Opened opened;
    std::string problem = "none";
    const auto report = [](void* user, const postbell_token_check* raw) noexcept {
        *static_cast<std::string*>(user) = view(raw->problem);
    };

    CHECK(Providers::table.check_token(&opened.provider, {nullptr, 0}, report, &problem) ==
          POSTBELL_OK);
    CHECK(problem == "it is empty");
}
