// SPDX-License-Identifier: Apache-2.0
#include "admin/gateway_commands.h"

#include <nlohmann/json.hpp>

#include <stop_token>

#include "admin/operation.h"
#include "command_bench.h"
#include "store/directory.h"

using namespace postbell;
using namespace postbell::admin;

TEST_CASE("an unusable plugin is listed with the reason") {
    plugin::PluginInfo refused;
    refused.plugin = "odd";
    refused.refusal = "it is no plugin";
    GatewayCommands commands([&] { return std::vector{refused, plugin::PluginInfo()}; }, {}, {});
    const Json plugins = Called(commands)("plugin/list")["plugins"];
    CHECK(plugins[0]["refusal"] == "it is no plugin");
    CHECK(plugins[1]["refusal"].is_null());
}

TEST_CASE("a backup goes to an absolute path, and its failure is not the store's") {
    std::string written;
    GatewayCommands commands({},
                             [&](const std::string& file, const std::stop_token&) {
                                 if (file == "/full") throw store::StoreError("the disk is full");
                                 written = file;
                             },
                             {});
    const Called call(commands);
    CHECK(call("backup", {{"file", "/tmp/copy.db"}})["file"] == "/tmp/copy.db");
    CHECK(written == "/tmp/copy.db");
    CHECK(call.refusal("backup", {{"file", "copy.db"}}) == 400);
    CHECK(call.refusal("backup", {{"file", "/tmp/a\nb"}}) == 400);
    CHECK(call.refusal("backup", {{"file", "/full"}}) == 500);
}

TEST_CASE("sealed values that do not open are counted, and the first are named") {
    GatewayCommands commands({}, {}, [](const store::Progress&) {
        return store::Unopened{9, 2, {{"device.token", 7}}};
    });
    const Json found = Called(commands)("store/sealed");
    CHECK(found["values"] == 9);
    CHECK(found["count"] == 2);
    CHECK(found["unopened"][0] == Json{{"column", "device.token"}, {"row", 7}});
}

TEST_CASE("a gateway's state is told while one runs") {
    GatewayCommands command({}, {}, {});
    CHECK(Called(command).refusal("gateway/state", Json::object()) == 409);
    GatewayCommands gateway({}, {}, {}, [] { return Json{{"open_files", 1024}}; });
    CHECK(Called(gateway)("gateway/state")["open_files"] == 1024);
}

TEST_CASE("the look at sealed values says how far it is, and ends with the gateway") {
    std::stop_source stop;
    GatewayCommands commands({}, {}, [&](const store::Progress& progress) {
        progress(1'000, 3'000);
        stop.request_stop();
        progress(2'000, 3'000);
        return store::Unopened();
    });
    const Work work = std::get<Work>(Called(commands).table.at("store/sealed").run(Json::object()));
    Operation operation(stop.get_token());
    CHECK_THROWS_WITH(work(operation), Catch::Contains("the gateway is stopping"));
    CHECK(operation.progress().done == 2'000);
    CHECK(operation.progress().total == 3'000);
}

TEST_CASE("a backup that is broken off by a stop says so") {
    std::stop_source stop;
    GatewayCommands commands({},
                             [&](const std::string&, const std::stop_token& told) {
                                 stop.request_stop();
                                 if (told.stop_requested())
                                     throw store::StoreError("it was to stop");
                             },
                             {});
    const Work work =
        std::get<Work>(Called(commands).table.at("backup").run({{"file", "/tmp/copy.db"}}));
    Operation operation(stop.get_token());
    CHECK_THROWS_WITH(work(operation), Catch::Contains("the gateway is stopping") &&
                                           Catch::Contains("/tmp/copy.db was not written"));
}
