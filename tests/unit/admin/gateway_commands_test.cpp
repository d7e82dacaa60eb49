// SPDX-License-Identifier: Apache-2.0
#include "admin/gateway_commands.h"

#include <nlohmann/json.hpp>

#include <stop_token>

#include "admin/operation.h"
#include "command_bench.h"
#include "store/directory.h"

using namespace postbell;
using namespace postbell::admin;

TEST_CASE("plugins are listed with why one cannot be used") {
    plugin::PluginInfo refused;
    refused.plugin = "odd";
    refused.refusal = "it is no plugin";
    GatewayCommands commands([&] { return std::vector{refused, plugin::PluginInfo()}; }, {});
    const Json plugins = Called(commands)("plugin/list")["plugins"];
    CHECK(plugins[0]["refusal"] == "it is no plugin");
    CHECK(plugins[1]["refusal"].is_null());
}

TEST_CASE("a backup goes to an absolute path, and its failure is not the store's") {
    std::string written;
    GatewayCommands commands({}, [&](const std::string& file, const std::stop_token&) {
        if (file == "/full") throw store::StoreError("the disk is full");
        written = file;
    });
    const Called call(commands);
    CHECK(call("backup", {{"file", "/tmp/copy.db"}})["file"] == "/tmp/copy.db");
    CHECK(written == "/tmp/copy.db");
    CHECK(call.refusal("backup", {{"file", "copy.db"}}) == 400);
    CHECK(call.refusal("backup", {{"file", "/tmp/a\nb"}}) == 400);
    CHECK(call.refusal("backup", {{"file", "/full"}}) == 500);
}

TEST_CASE("a backup that is broken off by a stop says so") {
    std::stop_source stop;
    GatewayCommands commands({}, [&](const std::string&, const std::stop_token& told) {
        stop.request_stop();
        if (told.stop_requested()) throw store::StoreError("it was to stop");
    });
    const Work work =
        std::get<Work>(Called(commands).table.at("backup").run({{"file", "/tmp/copy.db"}}));
    Operation operation(stop.get_token());
    CHECK_THROWS_WITH(work(operation), Catch::Contains("the gateway is stopping") &&
                                           Catch::Contains("/tmp/copy.db was not written"));
}
