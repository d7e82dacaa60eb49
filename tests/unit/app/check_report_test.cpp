// SPDX-License-Identifier: Apache-2.0
#include "app/check_report.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <stdexcept>

using postbell::app::CheckReport;

TEST_CASE("a report is good while every line of it is", "[app]") {
    CheckReport report;
    report.add("config", true, "p.toml");
    report.attempt("store", [] { return std::string("can be read"); });

    const auto whole = report.take();
    CHECK(whole["ok"] == true);
    REQUIRE(whole["checks"].size() == 2);
    CHECK(whole["checks"][1] ==
          nlohmann::json{{"check", "store"}, {"ok", true}, {"detail", "can be read"}});
}

TEST_CASE("what an attempt throws is a line of the report, and later lines follow", "[app]") {
    CheckReport report;
    report.attempt("key", []() -> std::string { throw std::runtime_error("no such file"); });
    report.add("config", true, "p.toml");

    const auto whole = report.take();
    CHECK(whole["ok"] == false);
    REQUIRE(whole["checks"].size() == 2);
    CHECK(whole["checks"][0]["detail"] == "no such file");
}
