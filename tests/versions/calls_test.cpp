// SPDX-License-Identifier: Apache-2.0
// Messages, pushes and tasks of a gateway with plugins of another minor, flags that the gateway
// does not know among them. Built twice, as tests/unit/plugin/versions_test.cpp is.
#include <catch2/catch.hpp>

#include "backend/backend_instance.h"
#include "managed/open_task.h"
#include "provider/open_credential.h"
#include "unit/backend/staging_bench.h"
#include "unit/plugin/plugin_folder.h"

using namespace postbell;
using config::PluginKind;
using test::Bench;

namespace {

std::unique_ptr<plugin::BackendPlugin> openBackend(Bench& bench, const std::string& name) {
    bench.folder.add(name);
    auto section = Bench::section(PluginKind::Backend, name);
    section.grants = {"outbound"};
    auto backend = plugin::BackendPlugin::open(section, bench.context);
    backend->start();
    return backend;
}

struct OpenProvider {
    explicit OpenProvider(const std::string& name) {
        bench.folder.add(name);
        auto plugin =
            plugin::ProviderPlugin::open(Bench::section(PluginKind::Provider, name), bench.context);
        plugin->start();
        provider = std::make_unique<provider::Provider>(std::move(plugin));
    }
    Bench bench;
    std::unique_ptr<provider::Provider> provider;
};

const provider::CredentialUpload kUpload{"key", "", {{"key-id", "ABCD"}}, "com.example.mail"};

}  // namespace

TEST_CASE("a message crosses to a backend of another minor, and its event comes back", "[plugin]") {
    for (const std::string name : {"older_c_backend", "c_backend", "later_c_backend"}) {
        INFO(name);
        Bench bench;
        backend::BackendMetrics metrics(bench.registry);
        backend::BackendInstance instance(openBackend(bench, name), 1, metrics, bench.clock,
                                          bench.log);
        const store::Callback callback{"", store::RegistrationCallback{testing::recipient()}};
        testing::FakeEvents events;
        backend::StagedReply reply(&callback, {"ews", false, testing::lifeClock(), {}, events});
        backend::Addressee addressee;
        addressee.callback = &callback;
        net::Request request;
        request.method = "POST";
        request.body = "reported 7";

        const backend::Reading reading = instance.handle(request, addressee, reply);

        CHECK(reading.result == backend::Reading::Result::Read);
        const backend::Staged staged = reply.take();
        REQUIRE(staged.writes.events.size() == 1);
        CHECK(staged.writes.events[0].kind == store::StagedEvent::Kind::NewMail);
        REQUIRE(staged.response);
        CHECK(staged.response->status == 202);
        CHECK(staged.response->headers ==
              std::vector<std::pair<std::string, std::string>>{{"x-backend", "c"}});
        CHECK(staged.response->body == "reported 7");
    }
}

TEST_CASE("a push crosses to a provider of another minor, and its outcome comes back", "[plugin]") {
    for (const std::string name : {"older_c_provider", "c_provider", "later_c_provider"}) {
        INFO(name);
        const OpenProvider open(name);
        provider::OpenCredential credential(*open.provider, kUpload, "");
        provider::Push push;
        push.token = "abcd";
        push.id = "an-id";
        push.badge = 3;
        provider::Encoded encoded;

        CHECK(open.provider->checkToken("abcd").normal == "abcd");
        CHECK(credential.authorize(util::fromMs(1000)).authorization.value == "bearer example");
        credential.encode(push, util::fromMs(1000), encoded);
        REQUIRE(encoded.result == provider::Encoded::Result::Ready);
        CHECK(encoded.path == "/push/abcd");
        CHECK(encoded.body == "3");
        REQUIRE(encoded.headers.size() == 1);
        CHECK(encoded.headers[0].value == "an-id");
        CHECK(encoded.headers[0].varies);
        CHECK_FALSE(encoded.headers[0].secret);
        engine::Answer answer;
        answer.status = 200;
        const provider::Outcome outcome = credential.classify(push, answer, util::fromMs(1000));
        CHECK(outcome.result == provider::Outcome::Result::Delivered);
        CHECK_FALSE(outcome.new_connection);
    }
}

TEST_CASE("a credential crosses to a provider of another minor, and the report comes back",
          "[plugin]") {
    for (const std::string name : {"older_c_provider", "c_provider", "later_c_provider"}) {
        INFO(name);
        const OpenProvider open(name);

        const auto report = open.provider->inspect(kUpload, util::fromMs(1000));

        CHECK(report.problem.empty());
        CHECK(report.kind == "example-key");
        CHECK(report.production);
        CHECK_FALSE(report.sandbox);
        CHECK_FALSE(report.tls_identity);
        CHECK_FALSE(open.provider->encodesBesideLoop());
        CHECK_FALSE(open.provider->devicesNameOrigin());
    }
}

TEST_CASE("a task crosses to a backend of another minor, and its steps come back", "[plugin]") {
    for (const std::string name : {"cpp_backend", "later_cpp"}) {
        INFO(name);
        Bench bench;
        const auto backend = openBackend(bench, name);
        managed::Task subscribe;
        subscribe.kind = managed::TaskKind::Subscribe;
        subscribe.mailbox = "anna";
        subscribe.callback_url = "https://bell.example.com/mine/token";
        managed::OpenTask task(*backend, subscribe);

        const managed::TaskStep asking = task.step(nullptr, util::fromMs(1000));

        REQUIRE(asking.kind == managed::TaskStep::Kind::Send);
        CHECK(asking.call.path == "/subscribe/anna");
        CHECK(asking.call.body == subscribe.callback_url);
        managed::HttpAnswer answer;
        answer.status = 201;
        answer.body = "its-id";
        const managed::TaskStep end = task.step(&answer, util::fromMs(1000));
        REQUIRE(end.kind == managed::TaskStep::Kind::End);
        CHECK(end.result.kind == managed::TaskResult::Kind::Done);
        CHECK(end.result.subscription == "its-id");
        CHECK(end.result.expires == util::fromMs(2000));
    }
}
