// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "plugin/backend_plugin.h"
#include "plugin/plugin_error.h"
#include "plugin/provider_plugin.h"
#include "plugin_folder.h"
#include "postbell/testing/fake_push.hpp"

using namespace postbell;
using Catch::Contains;
using config::PluginKind;
using plugin::BackendPlugin;
using plugin::ProviderPlugin;
using test::Bench;

namespace {

/// Takes a backend's event and answer: the contract's reply with a place to keep it.
struct FakeReply {
    postbell_reply raw{sizeof(postbell_reply), event, note, respond, problem};
    std::string subscription;
    int unread = -2;
    int status = 0;
    std::string body;

    static FakeReply& of(postbell_reply* raw) { return *reinterpret_cast<FakeReply*>(raw); }
    static postbell_status event(postbell_reply* raw, const postbell_mail_event* e) noexcept {
        of(raw).subscription = view(e->subscription);
        of(raw).unread = e->unread;
        return of(raw).subscription == "known" ? POSTBELL_OK : POSTBELL_ENOTFOUND;
    }
    static postbell_status note(postbell_reply*, postbell_str) noexcept { return POSTBELL_OK; }
    static postbell_status problem(postbell_reply*, postbell_str) noexcept { return POSTBELL_OK; }
    static postbell_status respond(postbell_reply* raw, std::int32_t status, const postbell_header*,
                                   std::size_t, postbell_bytes body) noexcept {
        of(raw).status = status;
        of(raw).body = view(body);
        return POSTBELL_OK;
    }
};

postbell_status post(const BackendPlugin& backend, std::string_view body, FakeReply& reply) {
    postbell_request request{};
    request.size = sizeof request;
    request.method = str("POST");
    request.known = 1;
    request.body = bytes(body);
    return backend.table().handle(backend.self(), &request, &reply.raw);
}

std::string refusal(Bench& bench, const config::PluginSection& section) {
    try {
        if (section.kind == PluginKind::Backend)
            BackendPlugin::open(section, bench.context)->start();
        else
            ProviderPlugin::open(section, bench.context)->start();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "good";
}

std::string refusalOfSin(Bench& bench, const std::string& sin) {
    auto section = Bench::section(PluginKind::Backend, "sinner");
    *section.own = {{"sin", sin}};
    return refusal(bench, section);
}

}  // namespace

TEST_CASE("a backend in plain C is loaded, made and handles requests", "[plugin]") {
    Bench bench;
    bench.folder.add("c_backend");
    auto section = Bench::section(PluginKind::Backend, "c_backend");
    *section.own = {{"greeting", "good morning"}};

    {
        const auto backend = BackendPlugin::open(section, bench.context);
        FakeReply early, good, gone, bad;
        CHECK(post(*backend, "known 7", early) == POSTBELL_EINVAL);  // not started
        backend->start();

        CHECK(backend->instance() == "mine");
        CHECK(backend->descriptor().neverBlocks());
        CHECK(backend->describe().heartbeat == std::chrono::minutes(15));
        CHECK(backend->describe().callback == R"({"status_frequency_minutes":15})");
        REQUIRE(backend->routes().size() == 2);
        CHECK(backend->routes()[0].method == "POST");
        CHECK(backend->routes()[0].max_body == 4096);
        CHECK_FALSE(backend->routes()[0].tenant);
        CHECK(backend->routes()[1].tenant);
        CHECK(backend->routes()[1].needs_proof);
        CHECK(backend->routes()[1].needs_secret);
        CHECK(backend->routes()[1].suffix == "/all");
        CHECK(post(*backend, "known 7", good) == POSTBELL_OK);
        CHECK(good.subscription == "known");
        CHECK(good.unread == 7);
        CHECK(good.status == 202);
        CHECK(post(*backend, "other 7", gone) == POSTBELL_OK);
        CHECK(gone.status == 404);
        CHECK(post(*backend, "", bad) == POSTBELL_EINVAL);
    }

    const std::string log = bench.logged();
    CHECK_THAT(log, Contains("good morning"));
    CHECK(log.find("\"stopped\"") < log.find("\"destroyed\""));
}

TEST_CASE("two instances of one plugin live beside each other", "[plugin]") {
    Bench bench;
    bench.folder.add("c_backend");
    auto first = Bench::section(PluginKind::Backend, "c_backend"), second = first;
    second.instance = "second";

    const auto a = BackendPlugin::open(first, bench.context),
               b = BackendPlugin::open(second, bench.context);
    a->start();
    a->stop();
    a->stop();
    b->start();

    CHECK(a->self() != b->self());
    FakeReply reply;
    CHECK(post(*b, "known 1", reply) == POSTBELL_OK);
    CHECK(post(*a, "known 1", reply) == POSTBELL_EINVAL);
}

TEST_CASE("a provider in plain C is loaded and makes requests", "[plugin]") {
    Bench bench;
    bench.folder.add("c_provider");
    auto section = Bench::section(PluginKind::Provider, "c_provider");
    section.endpoint = "https://127.0.0.1:2197";
    section.allowed_origins = {"https://other.example.com"};

    const auto provider = ProviderPlugin::open(section, bench.context);
    provider->start();
    const auto& table = provider->table();

    CHECK(provider->descriptor().platforms() == std::vector<std::string>{"ios", "android"});
    CHECK(provider->origins() ==
          std::vector<std::string>{"https://push.example.com", "https://push.example.com:8443"});
    for (const char* allowed : {"https://push.example.com", "https://PUSH.example.com:443",
                                "https://127.0.0.1:2197", "https://other.example.com"})
        CHECK(provider->allows(allowed));
    for (const char* not_allowed :
         {"http://push.example.com", "http://127.0.0.1:2197", "https://push.example.com:444",
          "https://a.example.com", "https://push.example.com/x", "",
          "https://push.example.com@evil.example.com"})
        CHECK_FALSE(provider->allows(not_allowed));

    CHECK(testing::checkedToken(provider->self(), table, "abcd").normal == "abcd");
    const TokenCheck bad = testing::checkedToken(provider->self(), table, "abc");
    CHECK(bad.normal.empty());
    CHECK(bad.problem == "a token has 4 characters");

    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = bytes("key");
    void* credential = nullptr;
    REQUIRE(table.open(provider->self(), &file, &credential) == POSTBELL_OK);
    postbell_push push{};
    push.size = sizeof push;
    push.token = str("abcd");
    push.badge = 3;
    postbell_http_request request{};
    request.size = sizeof request;
    CHECK(table.request(provider->self(), credential, &push, 0, &request) == POSTBELL_OK);
    CHECK(view(request.path) == "/push/abcd");
    CHECK(view(request.body) == "3");
    table.close(provider->self(), credential);
}

TEST_CASE("a section that the plugin does not accept never reaches create", "[plugin]") {
    Bench bench;
    bench.folder.add("c_backend");
    auto section = Bench::section(PluginKind::Backend, "c_backend");
    *section.own = {{"minutes", 61}};
    section.positions["/minutes"] = {14, 11};

    CHECK(refusal(bench, section) ==
          "p.toml:14:11: [[backend]] \"mine\" minutes: found the number 61; accepted is a whole "
          "number from 1 to 60");
    CHECK(bench.logged().empty());
}

TEST_CASE("a refusal names the config's section and the file", "[plugin]") {
    Bench bench;
    bench.folder.add("newer_minor");

    CHECK_THAT(refusal(bench, Bench::section(PluginKind::Backend, "newer_minor")),
               Contains("p.toml:12:1: [[backend]] \"yours\": " +
                        bench.folder.file("newer_minor").string() +
                        " is refused: it needs at least version 0.9") &&
                   Contains("speaks version 0.4"));
}

TEST_CASE("create()'s own sentence is told", "[plugin]") {
    Bench bench;
    bench.folder.add("cpp_throws");

    CHECK_THAT(refusal(bench, Bench::section(PluginKind::Backend, "cpp_throws")),
               Contains("[[backend]] \"yours\": ") &&
                   Contains("cpp_throws.so: the mailbox is on another planet"));
}

TEST_CASE("a grant that was not asked for, or not given, is told once", "[plugin]") {
    Bench bench;
    bench.folder.add("c_backend");
    auto section = Bench::section(PluginKind::Backend, "c_backend");
    section.grants = {"outbound"};

    CHECK(refusal(bench, section) == "good");
    CHECK_THAT(bench.logged(), Contains("grants what the plugin does not ask for") &&
                                   Contains("\"grant\":\"outbound\""));
}

TEST_CASE("a plugin that misbehaves is refused by name", "[plugin]") {
    Bench bench;
    bench.folder.add("sinner");
    const auto refused = [&](const std::string& sin, const std::string& why) {
        INFO(sin);
        CHECK_THAT(refusalOfSin(bench, sin), Contains("p.toml:12:1: [[backend]] \"yours\": ") &&
                                                 Contains("sinner.so: ") && Contains(why));
    };

    CHECK(refusalOfSin(bench, "none") == "good");
    refused("create-garbage-status", "create failed with the unknown status -12345");
    refused("create-endless-error", "????????");
    refused("create-silent-error", "create failed with POSTBELL_EDENIED");
    refused("start-fails", "start failed with POSTBELL_EAGAIN");
    refused("describe-fails", "describe failed with POSTBELL_EINTERNAL");
    refused("describe-array", "no JSON object");
    refused("describe-not-json", "no JSON object");
    refused("describe-not-utf8", "no JSON object");
    refused("describe-url", "the member \"url\"");
    refused("describe-endless", "longer than 4096 bytes");
    CHECK(refusalOfSin(bench, "describe-null") == "good");
    refused("routes-null", "it names routes, but gives none");
    refused("routes-huge", "it names 18446744073709551615 routes");
    refused("routes-twice", "the route POST \"\" twice");
    refused("routes-stride-0", "a size of 0 bytes");
    refused("routes-stride-odd", "bytes each");
    refused("routes-stride-huge", "a size of 1073741824 bytes");
    refused("routes-callback", "callbacks of kind 3");
    refused("routes-method-null", "the method \"\"");
    refused("routes-method-lower", "the method \"post\"");
    refused("routes-not-utf8", "the method \"??");
    refused("routes-suffix", "the suffix \"/a b\"");
}

TEST_CASE("a folder's form that breaks the contract is none, and is told", "[plugin]") {
    const std::pair<const char*, const char*> kSins[] = {{"folder-endless", "more than 4096 bytes"},
                                                         {"folder-long", "more than 4096 bytes"},
                                                         {"folder-nothing", "put nothing"},
                                                         {"folder-twice", "put 2 forms"},
                                                         {"folder-fails", "POSTBELL_EINTERNAL"}};
    for (const auto& [sin, told] : kSins) {
        INFO(sin);
        Bench bench;
        bench.folder.add("sinner");
        auto section = Bench::section(PluginKind::Backend, "sinner");
        *section.own = {{"sin", sin}};
        const auto plugin = BackendPlugin::open(section, bench.context);
        CHECK(plugin->canonicalFolder("inbox").empty());
        CHECK_THAT(bench.logged(), Contains("folder()") && Contains(told));
    }
}

TEST_CASE("a folder has the form that the plugin puts, or none", "[plugin]") {
    for (const char* sin : {"none", "folder-unknown"}) {
        Bench bench;
        bench.folder.add("sinner");
        auto section = Bench::section(PluginKind::Backend, "sinner");
        *section.own = {{"sin", sin}};
        const auto plugin = BackendPlugin::open(section, bench.context);
        CHECK(plugin->canonicalFolder("inbox") == (std::string(sin) == "none" ? "inbox" : ""));
        CHECK_THAT(bench.logged(), !Contains("breaks the contract"));
    }
}
