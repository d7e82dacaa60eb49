// SPDX-License-Identifier: Apache-2.0
// From a mail server's request to its answer, with a real store and the backend ews.
#include "backend/backend_host.h"

#include <catch2/catch.hpp>

#include "registry/keys.h"
#include "support/doors_bench.h"
#include "unit/backend/instance_bench.h"

using namespace postbell;

namespace {

using testing::Answer;

struct Bench : testing::DoorsBench {
    Bench() {
        config::PluginSection other = section(config::PluginKind::Backend, "ews");
        other.instance = "other";
        backends.add(plugin::BackendPlugin::open(other, context()), 1);
        plugin::PluginContext lines = context();
        lines.directory = POSTBELL_TEST_PLUGINS;
        backends.add(testing::openLines(lines), 1);
    }
    net::Response post(const std::string& path, std::string body, const char* method = "POST") {
        net::Request request;
        request.method = method;
        request.path = path;
        request.headers = {{"content-type", "text/xml; charset=utf-8"}};
        request.body = std::move(body);
        const auto answer = std::make_shared<Answer>();
        auto future = answer->promise.get_future();
        backends.handle(std::move(request), net::Responder(answer));
        return future.get();
    }
    double counted(const char* instance, const char* result) {
        for (const auto& family : registry.Collect()) {
            if (family.name != "postbell_notifications_total") continue;
            for (const auto& metric : family.metric) {
                bool wanted = true;
                for (const auto& label : metric.label)
                    wanted = wanted && (label.value == instance || label.value == result);
                if (wanted) return metric.counter.value;
            }
        }
        return 0;
    }
    /// A registration whose callback's token is "token", with "id" reported on the instance.
    store::Registration reported(const std::string& instance) {
        store::NewRegistration wanted = incoming("a", "anna", util::toMs(clock().wall()));
        wanted.callback_hash = util::sha256("token");
        const store::Registered registered = store().registrations().registerDevice(wanted);
        store::Report report;
        report.instance = instance;
        report.id_hash = util::sha256("id");
        report.now = clock().wall();
        REQUIRE(store().registrations().report(registered.public_id, report) ==
                store::ReportResult::Accepted);
        return store().registrations().findRegistration(registered.id).value();
    }
    /// The callback of a whole mail server of the instance "lines", with the token "whole".
    void addServer() {
        app();
        const store::Id tenant = store().directory().findTenant("acme").value().id;
        store().directory().addTenantCallback(
            {tenant, "lines", util::sha256("whole"), {}, clock().wall()});
    }
    static std::string heartbeat(const std::string& id) {
        return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>)"
               R"(<m:SendNotification xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
               R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">)"
               R"(<m:ResponseMessages><m:SendNotificationResponseMessage ResponseClass="Success">)"
               R"(<m:ResponseCode>NoError</m:ResponseCode><m:Notification>)"
               "<t:SubscriptionId>" +
               id +
               "</t:SubscriptionId><t:PreviousWatermark>AQ==</t:PreviousWatermark>"
               "<t:MoreEvents>false</t:MoreEvents><t:StatusEvent><t:Watermark>AQ==</t:Watermark>"
               "</t:StatusEvent></m:Notification></m:SendNotificationResponseMessage>"
               "</m:ResponseMessages></m:SendNotification></s:Body></s:Envelope>";
    }
};

bool saysOk(const net::Response& response) {
    return response.status == 200 && response.body.find(">OK<") != std::string::npos;
}

}  // namespace

TEST_CASE("a path without an instance, a wrong method and a wrong suffix are refused") {
    Bench bench;
    CHECK(bench.post("/none/token", "").status == 404);
    CHECK(bench.post("/ews", "").status == 404);
    CHECK(bench.post("/ews/token/else", "").status == 404);
    const net::Response wrong = bench.post("/ews/token", "", "DELETE");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.back().first == "allow");
    CHECK(bench.counted("ews", "refused") == 2);
}

TEST_CASE("the reported subscription is served on its instance, and on no other",
          "[row:CALLBACK-1]") {
    Bench bench;
    bench.reported("ews");
    CHECK(saysOk(bench.post("/ews/token", Bench::heartbeat("id"))));
    CHECK(bench.counted("ews", "ok") == 1);
    for (const char* id : {"id", "made-up", ""})
        CHECK_FALSE(saysOk(bench.post("/other/token", Bench::heartbeat(id))));
    CHECK(bench.counted("other", "ended") == 3);
    CHECK_FALSE(saysOk(bench.post("/ews/guess", Bench::heartbeat("id"))));
}

TEST_CASE("a message that cannot be read is 400") {
    Bench bench;
    bench.reported("ews");
    CHECK(bench.post("/ews/token", "<no xml").status == 400);
    CHECK(bench.post("/ews/token", "<no xml").status == 400);
    CHECK(bench.counted("ews", "refused") == 2);
}

TEST_CASE("an instance has a callback for apps, and says whether whole servers notify it") {
    Bench bench;
    const auto callbacks = bench.backends.callbacks();
    REQUIRE(callbacks.size() == 3);
    CHECK(callbacks[0].instance == "ews");
    CHECK(callbacks[0].has_url);
    CHECK(bench.backends.tenantCallbacks("ews") == backend::TenantCallbacks::None);
    CHECK(bench.backends.tenantCallbacks("none") == backend::TenantCallbacks::None);
    CHECK(bench.backends.lifeClock("ews").resubscribe_after == 2 * callbacks[0].heartbeat);
}

TEST_CASE("a message with more events than are taken is refused, and never asked for again") {
    Bench bench;
    bench.reported("lines");
    std::string message;
    for (int i = 0; i < 10'001; ++i) message += "new subscription=id\n";

    CHECK(bench.post("/lines/token", message).status == 413);
    CHECK(bench.counted("lines", "refused") == 1);
    CHECK(bench.takeRows().empty());
    message.resize(message.size() - message.find('\n') - 1);
    CHECK(bench.post("/lines/token", message).status == 200);
}

TEST_CASE("ten thousand names in a message do not hold the listener up", "[row:TENANT-7]") {
    Bench bench;
    bench.addServer();
    std::string message;
    for (int i = 0; i < 10'000; ++i)
        message += "new account=user" + std::to_string(i) + "@example.com\n";
    const util::RealTime begun = util::realNow();

    const net::Response answer = bench.post("/lines/whole", message);

    CHECK(answer.status == 200);
    CHECK(answer.body.starts_with("nobody\nnobody\n"));
    const std::chrono::duration<double> took = util::realNow() - begun;
    INFO(took.count() << " s");
    CHECK(took < std::chrono::seconds(3));
}

TEST_CASE("ten thousand lines of one crowd do not hold the listener up", "[row:TENANT-7]") {
    Bench bench;
    bench.addServer();
    for (int i = 0; i < 50; ++i) {
        store::NewRegistration wanted = bench.incoming(std::to_string(i), "anna");
        wanted.account_key =
            registry::accountKey(bench.store().directory().findTenant("acme").value().hash_key,
                                 registry::accountHash("anna"));
        wanted.account_proof = store::AccountProof::Proven;
        wanted.managed_instance = "lines";
        wanted.mailbox = "anna";
        bench.store().registrations().registerDevice(wanted);
    }
    std::string message;
    for (int i = 0; i < 10'000; ++i) message += "new account=anna\n";
    const util::RealTime begun = util::realNow();

    CHECK(bench.post("/lines/whole", message).status == 200);

    const std::chrono::duration<double> took = util::realNow() - begun;
    INFO(took.count() << " s");
    CHECK(took < std::chrono::seconds(3));
    CHECK(bench.takeRows().size() == 50);
}

TEST_CASE("an absence is an outage where mail servers try again for a shorter time",
          "[row:STATE-18]") {
    Bench bench;
    const util::WallTime now = bench.clock().wall();
    CHECK(bench.backends.outages().empty());
    bench.backends.noteLastAlive(now - std::chrono::minutes(14));
    CHECK(bench.backends.outages().empty());
    CHECK_FALSE(bench.backends.lifeClock("ews").lost_subscriptions);
    bench.backends.noteLastAlive(now - std::chrono::minutes(16));
    bench.backends.noteListenerUp();

    const auto outages = bench.backends.outages();

    REQUIRE(outages.size() == 2);  // not of "lines", whose silence means nothing
    CHECK(outages[0].instance == "ews");
    CHECK(outages[0].away == std::chrono::minutes(16));
    CHECK(bench.backends.lifeClock("ews").lost_subscriptions);
    CHECK_FALSE(bench.backends.lifeClock("lines").lost_subscriptions);
}

TEST_CASE("a registration that was heard while the clock was ahead is silent once it is right",
          "[row:STATE-2]") {
    Bench bench;
    bench.backends.noteListenerUp();
    const store::Registration registration = bench.reported("ews");
    const util::WallTime right = bench.clock().wall();
    bench.clock().setWall(right + std::chrono::hours(24 * 365));
    REQUIRE(saysOk(bench.post("/ews/token", Bench::heartbeat("id"))));
    const auto state = [&] {
        const auto now = bench.store().registrations().findRegistration(registration.id).value();
        return registry::lifeCycle(now, bench.backends.lifeClock("ews")).state;
    };
    CHECK(state() == registry::State::Active);

    bench.store().flush();  // and no thread reads the clock while it is set
    bench.clock().setWall(right);
    bench.clock().advance(std::chrono::hours(1));

    CHECK(state() == registry::State::Stale);
    const auto [instance, silence] = bench.backends.silences().at(0);
    CHECK(instance == "ews");
    CHECK(silence == std::chrono::hours(1));
    REQUIRE(saysOk(bench.post("/ews/token", Bench::heartbeat("id"))));
    CHECK(state() == registry::State::Active);
}

TEST_CASE("a folder has the canonical form of its instance's plugin, if it has one",
          "[row:FOLDER-1]") {
    Bench bench;
    const std::string id =
        "AQAQAHVzZXJAZXhhbXBsZS5jb20ALgAAA4zYkre5fvlImuRHnT9O8PwBAOBZfBXXIXduinl1gbTNTjAAAAIBDAAAAA"
        "==";
    CHECK(bench.backends.canonicalFolder("ews", id).size() == 46);
    CHECK(bench.backends.canonicalFolder("ews", "inbox").empty());
    CHECK(bench.backends.canonicalFolder("lines", id).empty());
    CHECK(bench.backends.canonicalFolder("nobody", id).empty());
}
