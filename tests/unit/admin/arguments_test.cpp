// SPDX-License-Identifier: Apache-2.0
#include "admin/arguments.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <functional>

#include "support/store_fixture.h"
#include "web/problem.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

std::pair<int, std::string> problemOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const web::Problem& problem) {
        return {problem.status(), problem.what()};
    }
    return {0, ""};
}

}  // namespace

TEST_CASE("a text that is missing, empty or not printable is refused by name", "[admin]") {
    CHECK(text({{"tenant", "acme"}}, "tenant") == "acme");
    for (const Json& wrong : {Json(nullptr), Json(""), Json(5), Json("a\x1b[2J"), Json("a\xc2\x9b"),
                              Json("a\xe2\x80\xae")}) {
        const auto [status, title] = problemOf([&] { text({{"tenant", wrong}}, "tenant"); });
        CHECK(status == 400);
        CHECK_THAT(title, Catch::Contains("\"tenant\""));
    }
}

TEST_CASE("a name is safe in paths, logs and labels", "[admin]") {
    CHECK(nameText({{"app", "com.example.mail-2_x"}}, "app", 255) == "com.example.mail-2_x");
    for (const char* wrong : {"a b", "a/b", "\xc3\xa4", "a\n"})
        CHECK(problemOf([&] { nameText({{"app", wrong}}, "app", 255); }).first == 400);
    CHECK(problemOf([] { nameText({{"app", "abc"}}, "app", 2); }).first == 400);
}

TEST_CASE("a tenant, an app and a registration that are not there are 404", "[admin]") {
    store::StoreFixture fixture;
    fixture.app();
    store::Directory& directory = fixture.store().directory();
    store::Registrations& registrations = fixture.store().registrations();
    const Json known = {{"tenant", "acme"}, {"app", "com.example.mail"}};
    CHECK(tenantOf(directory, known).name == "acme");
    CHECK(appOf(directory, known).name == "com.example.mail");
    CHECK_FALSE(tenantIfNamed(directory, Json::object()));
    CHECK_FALSE(appIfNamed(directory, Json::object()));
    CHECK(problemOf([&] { tenantOf(directory, {{"tenant", "other"}}); }).first == 404);
    CHECK(problemOf([&] { appOf(directory, {{"tenant", "acme"}, {"app", "x"}}); }).first == 404);
    CHECK(problemOf([&] { registrationOf(registrations, {{"registration", "r"}}); }).first == 404);
}

TEST_CASE("a duration is a number with its unit", "[admin]") {
    const auto read = [](const Json& value) {
        return optionalDuration({{"older_than", value}}, "older_than");
    };
    CHECK(read("90m") == std::chrono::minutes(90));
    CHECK(read("1d") == std::chrono::hours(24));
    CHECK(read("2w") == std::chrono::weeks(2));
    CHECK(read("0s") == std::chrono::seconds(0));
    CHECK(read("3650d") == std::chrono::days(3650));
    CHECK(problemOf([&] { read("3651d"); }).first == 400);
    CHECK_FALSE(read(nullptr));
    for (const char* wrong : {"", "1", "d", "1 d", "1d ", "-1d", "1y", "1.5d", "100001d"})
        CHECK(problemOf([&] { read(wrong); }).first == 400);
}
