// SPDX-License-Identifier: Apache-2.0
// The sentences of exceptions that leave a plugin in C++ reach the gateway.
#include <catch2/catch.hpp>

#include <string>

#include "postbell/backend.hpp"
#include "postbell/managed.hpp"
#include "postbell/provider.hpp"
#include "postbell/testing/fake_host.hpp"

using namespace postbell;

namespace {

[[noreturn]] void fail() {
    throw std::runtime_error("the disk is gone");
}

struct FailingCredential : Credential {
    void authorize(std::int64_t, Authorization&) override {}
    void request(const Push&, std::int64_t, HttpRequest&) override {}
    void outcome(const Push&, const Response&, std::int64_t, Outcome&) override { fail(); }
};

struct FailingProvider : Provider {
    explicit FailingProvider(Host) {}
    const std::vector<std::string>& origins() const override { return origins_; }
    TokenCheck checkToken(std::string_view token) const override {
        if (token == "wrong") throw InvalidInput("a token has digits");
        fail();
    }
    CredentialReport inspect(const CredentialFile&, std::int64_t) const override { fail(); }
    std::unique_ptr<Credential> open(const CredentialFile& file) const override {
        if (file.content() == "null") return nullptr;
        if (file.content() == "good") return std::make_unique<FailingCredential>();
        fail();
    }
    std::vector<std::string> origins_;
};

struct FailingWork : Work {
    void step(const Response*, std::int64_t, Step&) override { fail(); }
};

struct FailingManaged : Managed {
    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t, Authorization&) override {}
    void authorized(const Response&, std::int64_t, Authorization&) override {}
    std::unique_ptr<Work> open(Task task) override {
        if (task.mailbox == "wrong") throw InvalidInput("no such mailbox");
        if (task.mailbox == "good") return std::make_unique<FailingWork>();
        fail();
    }
    std::vector<std::string> origins_;
};

struct FailingBackend {
    Managed* managed() { return &managed_; }
    FailingManaged managed_;
};

struct Rig {
    using Glue = detail::ProviderGlue<FailingProvider>;
    postbell_status check(std::string_view token) {
        return Glue::checkToken(
            &instance, str(token),
            [](void* user, const postbell_token_check* found) noexcept {
                static_cast<Rig*>(user)->told = view(found->problem);
            },
            this);
    }
    postbell_status open(std::string_view content) {
        postbell_credential_file file{};
        file.size = sizeof file;
        file.content = bytes(content);
        return Glue::open(&instance, &file, &credential);
    }
    testing::FakeHost host;
    detail::ProviderInstance<FailingProvider> instance{Host(host.raw())};
    std::string told;
    void* credential = nullptr;
};

/// The first step of a task of that mailbox.
struct FirstStep {
    explicit FirstStep(std::string_view mailbox) {
        using Glue = detail::ManagedGlue<FailingBackend>;
        FailingBackend backend;
        postbell_task raw{};
        raw.size = sizeof raw;
        raw.kind = POSTBELL_TASK_COUNT;
        raw.mailbox = str(mailbox);
        postbell_step out{};
        out.size = sizeof out;
        void* task = nullptr;
        REQUIRE(Glue::open(&backend, &raw, &task) == POSTBELL_OK);
        status = Glue::step(&backend, task, nullptr, 0, &out);
        result = out.result;
        problem = view(out.problem);
        Glue::close(&backend, task);
    }
    postbell_status status;
    std::uint32_t result;
    std::string problem;
};

}  // namespace

TEST_CASE("an exception of checkToken tells the token's fault from the plugin's") {
    Rig rig;
    CHECK(rig.check("token") == POSTBELL_EINTERNAL);
    CHECK(rig.told == "the disk is gone");
    CHECK(rig.check("wrong") == POSTBELL_OK);
    CHECK(rig.told == "a token has digits");
}

TEST_CASE("an exception of inspect is the report's problem") {
    Rig rig;
    postbell_credential_file file{};
    file.size = sizeof file;
    const auto report = [](void* user, const postbell_credential_report* found) noexcept {
        static_cast<Rig*>(user)->told = view(found->problem);
    };
    CHECK(Rig::Glue::inspect(&rig.instance, &file, 0, report, &rig) == POSTBELL_EINTERNAL);
    CHECK(rig.told == "the disk is gone");
}

TEST_CASE("a credential that is not opened leaves its reason in the log") {
    Rig rig;
    CHECK(rig.open("bad") == POSTBELL_EINTERNAL);
    REQUIRE(rig.host.log().size() == 1);
    CHECK(rig.host.log()[0].text == "the disk is gone");
    CHECK(rig.open("null") == POSTBELL_EINVAL);
    CHECK(rig.credential == nullptr);
    CHECK(rig.host.log().size() == 2);
}

TEST_CASE("an exception of outcome is its advice") {
    Rig rig;
    REQUIRE(rig.open("good") == POSTBELL_OK);
    postbell_push push{};
    postbell_response response{};
    postbell_outcome out{};
    out.size = sizeof out;
    CHECK(Rig::Glue::outcome(&rig.instance, rig.credential, &push, &response, 0, &out) ==
          POSTBELL_EINTERNAL);
    CHECK(view(out.advice) == "the disk is gone");
    Rig::Glue::close(&rig.instance, rig.credential);
}

TEST_CASE("an exception of a task is the problem of its step") {
    const FirstStep unopened("bad");
    CHECK(unopened.status == POSTBELL_EINTERNAL);
    CHECK(unopened.problem == "the disk is gone");
    const FirstStep refused("wrong");
    CHECK(refused.status == POSTBELL_OK);
    CHECK(refused.result == POSTBELL_STEP_REFUSED);
    CHECK(refused.problem == "no such mailbox");
    const FirstStep failed("good");
    CHECK(failed.status == POSTBELL_EINTERNAL);
    CHECK(failed.problem == "the disk is gone");
}
