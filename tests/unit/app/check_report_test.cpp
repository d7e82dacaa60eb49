// SPDX-License-Identifier: Apache-2.0
#include "app/check_report.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <stdexcept>

using postbell::app::CheckReport;
using postbell::app::Verdict;

TEST_CASE("a report is good while every line of it is", "[app]") {
    CheckReport report;
    report.add("config", Verdict::Yes, "p.toml");
    report.attempt("store", [] { return std::string("can be read"); });

    const auto whole = report.take();
    CHECK(whole["ok"] == true);
    REQUIRE(whole["checks"].size() == 2);
    CHECK(whole["checks"][1] ==
          nlohmann::json{
              {"check", "store"}, {"ok", true}, {"verdict", "yes"}, {"detail", "can be read"}});
}

TEST_CASE("a warning is neither a yes nor a no, and fails nothing", "[app]") {
    CheckReport report;
    report.add("config warning", Verdict::Warn, "it is deprecated");
    report.attempt("backend",
                   [] { return std::pair(Verdict::Warn, std::string("mind the date")); });
    report.add("config", Verdict::Yes, "p.toml");

    const auto whole = report.take();
    CHECK(whole["ok"] == true);
    CHECK(whole["verdict"] == "warn");
    CHECK(whole["checks"][0]["verdict"] == "warn");
    CHECK(whole["checks"][1]["verdict"] == "warn");
    CHECK_FALSE(postbell::app::withoutFlags(whole)["checks"][0].contains("ok"));
}

TEST_CASE("an attempt's exception is a line of the report, and later lines follow", "[app]") {
    CheckReport report;
    report.attempt("key", []() -> std::string { throw std::runtime_error("no such file"); });
    report.add("config", Verdict::Yes, "p.toml");

    const auto whole = report.take();
    CHECK(whole["ok"] == false);
    REQUIRE(whole["checks"].size() == 2);
    CHECK(whole["checks"][0]["detail"] == "no such file");
}
