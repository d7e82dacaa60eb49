// SPDX-License-Identifier: Apache-2.0
#include "backend/route_table.h"

#include <catch2/catch.hpp>

using namespace postbell;
using backend::RouteTable;

namespace {

plugin::Route route(const char* method, const char* suffix, bool tenant = false,
                    bool needs_proof = false, std::uint32_t max_body = 0) {
    plugin::Route r;
    r.method = method;
    r.suffix = suffix;
    r.tenant = tenant;
    r.needs_proof = needs_proof;
    r.max_body = max_body;
    return r;
}

}  // namespace

TEST_CASE("a path is an instance, a token and a suffix") {
    struct Row {
        const char *path, *instance, *token, *suffix;
    };
    const Row rows[] = {{"/ews/abc", "ews", "abc", ""},
                        {"/ews/abc/lifecycle", "ews", "abc", "/lifecycle"},
                        {"/ews/abc/", "ews", "abc", "/"},
                        {"/ews/", "ews", "", ""},
                        {"//abc", "", "abc", ""}};
    for (const Row& row : rows) {
        const auto found = backend::parsePath(row.path);
        REQUIRE(found.has_value());
        CHECK(found->instance == row.instance);
        CHECK(found->token == row.token);
        CHECK(found->suffix == row.suffix);
    }
    for (const char* wrong : {"", "/", "/ews", "ews/abc"}) CHECK_FALSE(backend::parsePath(wrong));
}

TEST_CASE("a token may be percent-encoded, and any other text has no hash", "[row:SUBID-9]") {
    const auto hash = backend::tokenHash("aZ0-_");
    REQUIRE(hash);
    CHECK(hash == backend::tokenHash("%61Z0%2d%5F"));
    for (const char* wrong : {"", "abc;jsessionid=1", "abc%20", "abc.", "abc%", "abc%6", "abc%6g",
                              "%00abc", "abc%2E", "a bc"})
        CHECK_FALSE(backend::tokenHash(wrong));
}

TEST_CASE("a request finds its route by method, suffix and size") {
    const RouteTable table({route("POST", ""), route("POST", "/lifecycle", false, true),
                            route("PUT", "", false, false, 100)});
    struct Row {
        const char *method, *suffix;
        std::size_t bytes;
        int refused;  // 0: not
        std::uint32_t index;
        const char* allowed;
    };
    const Row rows[] = {
        {"POST", "", 5'000, 0, 0, ""},       {"POST", "/lifecycle", 0, 0, 1, ""},
        {"PUT", "", 100, 0, 2, ""},          {"PUT", "", 101, 413, 0, ""},
        {"GET", "", 0, 405, 0, "POST, PUT"}, {"PUT", "/lifecycle", 0, 405, 0, "POST"},
        {"POST", "/else", 0, 404, 0, ""},    {"post", "", 0, 405, 0, "POST, PUT"}};
    for (const Row& row : rows) {
        const auto found = table.find(row.method, row.suffix, row.bytes);
        if (row.refused == 0) {
            const auto& match = std::get<RouteTable::Match>(found);
            REQUIRE(match.registration.has_value());
            CHECK(match.registration->index == row.index);
            CHECK(match.registration->needs_proof == (row.index == 1));
            CHECK_FALSE(match.tenant.has_value());
        } else {
            const auto& refusal = std::get<RouteTable::Refusal>(found);
            CHECK(refusal.status == row.refused);
            CHECK(refusal.allowed == row.allowed);
        }
    }
}

TEST_CASE("a registration's and a tenant's route may share a path, and have their own limits") {
    const RouteTable table({route("POST", ""), route("POST", "", true, false, 10)});
    const auto small = std::get<RouteTable::Match>(table.find("POST", "", 10));
    CHECK(small.registration->index == 0);
    CHECK(small.tenant->index == 1);
    const auto large = std::get<RouteTable::Match>(table.find("POST", "", 11));
    CHECK(large.registration.has_value());
    CHECK_FALSE(large.tenant.has_value());
    CHECK(table.hasRegistrationRoutes());
    CHECK(table.hasTenantRoutes());
    CHECK_FALSE(RouteTable({route("POST", "", true)}).hasRegistrationRoutes());
    plugin::Route secret = route("PUT", "", true);
    secret.needs_secret = true;
    CHECK_FALSE(table.tenantsNeedSecret());
    CHECK(RouteTable({route("POST", "", true), secret}).tenantsNeedSecret());
}
