// SPDX-License-Identifier: Apache-2.0
#include "plugin/services.h"

#include <nlohmann/json.hpp>

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include <sys/resource.h>

#include <exception>
#include <fstream>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>

#include "plugin_folder.h"
#include "postbell/plugin.hpp"

using namespace postbell;
using Catch::Contains;
using test::Bench;

namespace {

config::PluginSection sectionWith(nlohmann::json own) {
    auto section = Bench::section(config::PluginKind::Backend, "c_backend");
    *section.own = std::move(own);
    return section;
}

std::string metricsOf(const Bench& bench) {
    return prometheus::TextSerializer().Serialize(bench.registry.Collect());
}

}  // namespace

TEST_CASE("a plugin gets its host's version, its instance, and services by id", "[plugin]") {
    Bench bench;
    plugin::Services services(sectionWith({}), bench.context);
    const postbell_host* host = services.host();

    CHECK(host->size == sizeof(postbell_host));
    CHECK(host->abi_minor == POSTBELL_ABI_MINOR);
    CHECK(view(host->version) == "0.1.0");
    CHECK(view(host->instance) == "mine");
    CHECK(host->service(host, POSTBELL_SERVICE_LOG) != nullptr);
    CHECK(host->service(host, "postbell.log/1") == nullptr);
    CHECK(host->service(host, "postbell.secrets/0") == nullptr);
    CHECK(host->service(host, "") == nullptr);
    CHECK(host->service(host, nullptr) == nullptr);
}

TEST_CASE("time comes from the gateway's clock", "[plugin]") {
    Bench bench;
    plugin::Services services(sectionWith({}), bench.context);
    const Host host(services.host());

    CHECK(host.wallMs() == 1'700'000'000'000);
    bench.clock.setWall(util::fromMs(5));
    CHECK(host.wallMs() == 5);
}

TEST_CASE("a plugin reads its section: text as it is, the rest as JSON", "[plugin]") {
    Bench bench;
    auto section =
        sectionWith({{"cloud", "global"}, {"minutes", 15}, {"hosts", {"a", "b"}}, {"on", true}});
    section.endpoint = "https://127.0.0.1:2197";
    plugin::Services services(section, bench.context);
    const Host host(services.host());

    CHECK(host.config("cloud") == "global");
    CHECK(host.config("minutes") == "15");
    CHECK(host.config("hosts") == R"(["a","b"])");
    CHECK(host.config("on") == "true");
    CHECK(host.config("endpoint") == "https://127.0.0.1:2197");
    CHECK_FALSE(host.config("instance"));
    CHECK_FALSE(host.config(""));
}

TEST_CASE("a plugin's log lines name the instance and carry no secret", "[plugin]") {
    Bench bench;
    plugin::Services services(sectionWith({}), bench.context);
    const Host host(services.host());

    host.log(POSTBELL_LOG_WARNING, "something\nodd \xff",
             {{"reason", "Bad"}, {"token", "abcdef", POSTBELL_HEADER_SECRET}});
    host.log(99, "loud");
    const std::string log = bench.logged();

    CHECK_THAT(log, Contains("\"level\":\"warning\",\"message\":\"something odd ?\","
                             "\"instance\":\"mine\",\"reason\":\"Bad\",\"token\":\"(secret)\""));
    CHECK_THAT(log, Contains(R"("level":"error","message":"loud")"));
}

TEST_CASE("a log line of a plugin is bounded", "[plugin]") {
    Bench bench;
    plugin::Services services(sectionWith({}), bench.context);
    const auto* log = static_cast<const postbell_log_v0*>(
        services.host()->service(services.host(), POSTBELL_SERVICE_LOG));
    const std::string huge(100'000, 'x');
    const std::vector<postbell_header> fields(1000, {str(huge), str(huge), 0});

    log->write(services.host(), POSTBELL_LOG_INFO, str(huge), fields.data(), fields.size());
    log->write(services.host(), POSTBELL_LOG_INFO, {nullptr, 10}, nullptr, 10);

    CHECK(bench.logged().size() < 20'000);
    CHECK_THAT(bench.logged(), Contains(R"("message":"","instance":"mine"})"));
}

TEST_CASE("counters appear under the plugin's name with the instance", "[plugin]") {
    Bench bench;
    auto other_section = sectionWith({});
    other_section.instance = "other";
    plugin::Services services(sectionWith({}), bench.context), others(other_section, bench.context);
    const Host host(services.host()), other(others.host());

    const auto handled = host.counter("handled", "What was handled");
    host.add(handled, 2);
    host.add(handled, -1);
    host.add(handled, std::numeric_limits<double>::quiet_NaN());
    host.add(handled, std::numeric_limits<double>::infinity());
    host.add(handled + 1, 1);
    other.add(other.counter("handled", "Another help text"), 3);
    const std::string text = metricsOf(bench);

    CHECK_THAT(text, Contains("postbell_plugin_handled_total{plugin_instance=\"mine\"} 2\n"));
    CHECK_THAT(text, Contains("postbell_plugin_handled_total{plugin_instance=\"other\"} 3\n"));
    const std::string type = "# TYPE postbell_plugin_handled_total";
    CHECK(text.find(type, text.find(type) + 1) == std::string::npos);
}

TEST_CASE("a counter of a wrong name, or one too many, is none", "[plugin]") {
    Bench bench;
    prometheus::BuildGauge().Name("postbell_plugin_taken_total").Register(bench.registry);
    plugin::Services services(sectionWith({}), bench.context);
    const Host host(services.host());

    for (const std::string& name : {std::string(), std::string("Upper"), std::string("a-b"),
                                    std::string("a b"), std::string(65, 'a'), std::string("taken")})
        CHECK(host.counter(name, "") == 0);
    for (std::size_t i = 0; i < POSTBELL_MAX_COUNTERS; ++i)
        CHECK(host.counter("c" + std::to_string(i), "") != 0);
    CHECK(host.counter("one_more", "") == 0);
    host.add(0, 1);
}

TEST_CASE("counters may be made while others count", "[plugin]") {
    Bench bench;
    plugin::Services services(sectionWith({}), bench.context);
    const Host host(services.host());
    const auto first = host.counter("first", "");

    std::thread counting([&] {
        for (int i = 0; i < 1000; ++i) host.add(first);
    });
    for (int i = 0; i < 50; ++i) host.add(host.counter("more_" + std::to_string(i), ""));
    counting.join();

    CHECK_THAT(metricsOf(bench),
               Contains("postbell_plugin_first_total{plugin_instance=\"mine\"} 1000\n"));
}

TEST_CASE("services behind a grant are there only with it", "[plugin][row:MANAGED-28]") {
    Bench bench;
    plugin::Services none(sectionWith({}), bench.context);
    plugin::Services both(sectionWith({}), bench.context,
                          POSTBELL_NEEDS_OUTBOUND | POSTBELL_NEEDS_SECRETS);
    for (const char* id : {POSTBELL_SERVICE_OUTBOUND, POSTBELL_SERVICE_SECRETS}) {
        CHECK(none.host()->service(none.host(), id) == nullptr);
        CHECK(both.host()->service(both.host(), id) != nullptr);
    }
    const Host host(both.host());
    CHECK_FALSE(both.takeRefreshAsked());
    host.refreshSoon();
    CHECK(both.takeRefreshAsked());
    CHECK_FALSE(both.takeRefreshAsked());
}

TEST_CASE("a secret that the machine cannot read now is not said to be unusable", "[plugin]") {
    Bench bench;
    const auto file = bench.folder.path() / "secret";
    std::ofstream(file) << "secret";
    ::chmod(file.c_str(), 0600);
    auto section = sectionWith({{"file", "secret"}});
    section.file = (bench.folder.path() / "postbell.toml").string();
    plugin::Services services(section, bench.context, POSTBELL_NEEDS_SECRETS);
    const Host host(services.host());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    const auto read = [&] { host.withSecret("file", [](std::string_view) {}); };
    std::exception_ptr thrown;
    // A sanitizer wants descriptors for its first look at an exception of each kind.
    ::chmod(file.c_str(), 0644);
    CHECK_THROWS_AS(read(), InvalidInput);
    ::chmod(file.c_str(), 0600);

    ::setrlimit(RLIMIT_NOFILE, &none);
    try {
        read();
    } catch (...) {
        thrown = std::current_exception();
    }
    ::setrlimit(RLIMIT_NOFILE, &before);

    REQUIRE(thrown);
    try {
        std::rethrow_exception(thrown);
    } catch (const InvalidInput& e) {
        FAIL(e.what());
    } catch (const std::runtime_error& e) {
        CHECK_THAT(e.what(), Contains("Too many open files"));
    }
    CHECK_NOTHROW(read());
}

TEST_CASE("a secret is read when it is asked for, if no other user can read it",
          "[plugin][row:MANAGED-28]") {
    Bench bench;
    const auto file = bench.folder.path() / "secret";
    auto section = sectionWith({{"file", "secret"}, {"gone", "/nonexistent"}});
    section.file = (bench.folder.path() / "postbell.toml").string();
    plugin::Services services(section, bench.context, POSTBELL_NEEDS_SECRETS);
    const Host host(services.host());
    const auto lent = [&](const char* key) {
        std::string content;
        try {
            host.withSecret(key, [&](std::string_view secret) { content = secret; });
        } catch (const InvalidInput& e) {
            return "refused: " + std::string(e.what());
        }
        return content;
    };
    const auto write = [&](const std::string& content, mode_t mode) {
        std::ofstream(file, std::ios::trunc) << content;
        ::chmod(file.c_str(), mode);
    };
    write("first", 0600);
    CHECK(lent("file") == "first");
    write("second", 0600);
    CHECK(lent("file") == "second");
    CHECK_THAT(lent("gone"), Contains("/nonexistent cannot be read"));
    CHECK_THAT(lent("never"), Contains("never is not set"));
    for (const mode_t open : {0640U, 0604U, 0620U}) {
        ::chmod(file.c_str(), open);
        CHECK_THAT(lent("file"), Contains("may be read by others"));
    }
    ::chmod(file.c_str(), 0600);
    std::ofstream(file, std::ios::trunc) << "";
    CHECK_THAT(lent("file"), Contains("is empty"));
    std::ofstream(file, std::ios::trunc) << std::string(70'000, 'x');
    CHECK_THAT(lent("file"), Contains("larger than 65536 bytes"));
    // A plugin's exception inside comes out again.
    std::ofstream(file, std::ios::trunc) << "third";
    CHECK_THROWS_WITH(
        host.withSecret("file", [](std::string_view) { throw InvalidInput("not this one"); }),
        "not this one");
}
