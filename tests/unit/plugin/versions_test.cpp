// SPDX-License-Identifier: Apache-2.0
// Plugins of one minor of the contract are loaded by a gateway of another. Built twice: with
// today's header, and with POSTBELL_LATER_HOST as a later gateway, whose structs have a field more.
#include <catch2/catch.hpp>

#include "plugin/backend_plugin.h"
#include "plugin/plugin_error.h"
#include "plugin/provider_plugin.h"
#include "plugin_folder.h"
#include "postbell/testing/fake_push.hpp"
#include "postbell/testing/fake_reply.hpp"

using namespace postbell;
using config::PluginKind;
using plugin::BackendPlugin;
using plugin::ProviderPlugin;
using test::Bench;

namespace {

constexpr std::uint32_t kOldestMinor = 2;  // that of sdk/abi/abi-0.2.h
constexpr std::uint32_t kTodaysMinor = 4;
#ifdef POSTBELL_LATER_HOST
constexpr std::uint32_t kHostMinor = kTodaysMinor + 1;
#else
constexpr std::uint32_t kHostMinor = kTodaysMinor;
#endif

std::unique_ptr<BackendPlugin> openBackend(Bench& bench, const std::string& name) {
    bench.folder.add(name);
    auto section = Bench::section(PluginKind::Backend, name);
    section.grants = {"outbound"};
    auto backend = BackendPlugin::open(section, bench.context);
    backend->start();
    return backend;
}

postbell_status post(const BackendPlugin& backend, const std::string& body,
                     testing::FakeReply& reply) {
    testing::FakeRequest request;
    request.body = body;
    const postbell_request raw = request.raw();
    return backend.table().handle(backend.self(), &raw, reply.raw());
}

}  // namespace

TEST_CASE("this test is built with the header that it means", "[plugin]") {
    CHECK(POSTBELL_ABI_MINOR == kHostMinor);
    CHECK(POSTBELL_ABI_LEAST_MINOR == kOldestMinor);
    // A struct that has not grown since version 1.
    CHECK((sizeof(postbell_route) > POSTBELL_ROUTE_V1_SIZE) == (kHostMinor > kTodaysMinor));
}

TEST_CASE("a backend of another minor is loaded, described and handles requests", "[plugin]") {
    for (const std::string name : {"older_c_backend", "c_backend", "later_c_backend"}) {
        INFO(name);
        Bench bench;
        const auto backend = openBackend(bench, name);
        testing::FakeReply reply;

        CHECK(backend->describe().heartbeat == std::chrono::minutes(15));
        CHECK(backend->describe().callback == R"({"status_frequency_minutes":15})");
        REQUIRE(backend->routes().size() == 2);
        CHECK(backend->routes()[1].suffix == "/all");
        CHECK(post(*backend, "known 7", reply) == POSTBELL_OK);
        REQUIRE(reply.events.size() == 1);
        CHECK(reply.events[0].subscription == "known");
        CHECK(reply.events[0].unread == 7);
    }
}

TEST_CASE("the C++ face of another minor does the same", "[plugin]") {
    for (const std::string name : {"cpp_backend", "later_cpp"}) {
        INFO(name);
        Bench bench;
        const auto backend = openBackend(bench, name);
        testing::FakeReply good, bad;

        CHECK(backend->describe().callback == R"({"hello":"world"})");
        REQUIRE(backend->routes().size() == 2);
        CHECK(backend->routes()[1].tenant);
        CHECK(backend->routes()[1].needs_secret);
        CHECK(post(*backend, "one", good) == POSTBELL_OK);
        CHECK(good.body == "held one");
        CHECK(post(*backend, "", bad) == POSTBELL_EINVAL);
        CHECK(bad.sentence == "the body is empty");
        CHECK(post(*backend, "break", bad) == POSTBELL_EINTERNAL);
        CHECK(bad.sentence == "it broke");

        REQUIRE(backend->managed() != nullptr);
        postbell_authorization out{};
        out.size = sizeof out;
        CHECK(backend->managed()->authorize(backend->self(), 0, &out) == POSTBELL_EAGAIN);
        CHECK(view(out.problem) == "the server is restarting");
        CHECK(out.retry_after_ms == 1500);
    }
}

TEST_CASE("the fixtures are built with the minors that their names say", "[plugin]") {
    for (const auto& [name, minor] :
         {std::pair("older_c_backend", kOldestMinor), std::pair("c_backend", kTodaysMinor),
          std::pair("later_c_backend", kTodaysMinor + 1)}) {
        INFO(name);
        Bench bench;
        const postbell_plugin& raw = openBackend(bench, name)->descriptor().raw();

        CHECK(raw.abi_minor == minor);
        CHECK(((raw.flags & (1u << 30)) != 0) == (minor > kTodaysMinor));
    }
}

TEST_CASE("a need that this gateway does not know is not granted, and harmless", "[plugin]") {
    Bench bench;
    const auto backend = openBackend(bench, "cpp_backend");

    CHECK(backend->granted(POSTBELL_NEEDS_OUTBOUND));
    CHECK_FALSE(backend->granted(1u << 20));
}

TEST_CASE("a provider of another minor is loaded and makes requests", "[plugin]") {
    for (const std::string name : {"older_c_provider", "c_provider", "later_c_provider"}) {
        INFO(name);
        Bench bench;
        bench.folder.add(name);
        const auto provider =
            ProviderPlugin::open(Bench::section(PluginKind::Provider, name), bench.context);
        provider->start();
        testing::FakeCredentialFile file;
        file.content = "key";
        testing::FakeCredential credential(provider->self(), provider->table(), file);
        testing::FakePush push;
        push.token = "abcd";
        push.badge = 3;

        CHECK(testing::checkedToken(provider->self(), provider->table(), "abcd").normal == "abcd");
        CHECK(credential.authorize(1000).value == "bearer example");
        const testing::SaidRequest said = credential.request(push, 1000);
        CHECK(said.request.path == "/push/abcd");
        CHECK(said.request.body == "3");
        CHECK(credential.outcome(push, {}, 1000).result == OutcomeResult::Delivered);
    }
}
