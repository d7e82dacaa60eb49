// SPDX-License-Identifier: Apache-2.0
#include "validate/validator.h"

#include <nlohmann/json.hpp>

#include <map>

#include <catch2/catch.hpp>

#include "support/plugin_copy.h"

using namespace postbell;
using Catch::Contains;

namespace {

/// The sins that a plugin was found to commit, by the name of the case.
std::map<std::string, std::string> sinsOf(const std::string& plugin, const std::string& sin,
                                          bool with_credential = true) {
    validate::Subject subject;
    const test::PluginCopy copy(std::string(POSTBELL_FIXTURES) + "/" + plugin + ".so");
    subject.file = copy.file();
    if (!sin.empty()) *subject.section.own = {{"sin", sin}};
    if (with_credential) {
        subject.credential.emplace();
        subject.credential->content = "key";
    }
    subject.device_token = "abcd";
    std::map<std::string, std::string> sins;
    for (const validate::Verdict& verdict : validate::validate(subject))
        if (!verdict.sin.empty()) sins.emplace(verdict.name, verdict.sin);
    return sins;
}

std::string all(const std::map<std::string, std::string>& sins) {
    std::string text;
    for (const auto& [name, sin] : sins) text.append(name).append(": ").append(sin).append("\n");
    return text;
}

}  // namespace

TEST_CASE("a good plugin has no sins", "[validate]") {
    CHECK(all(sinsOf("sinning_backend", "")).empty());
    CHECK(all(sinsOf("sinning_provider", "")).empty());
    CHECK(all(sinsOf("sinning_provider", "", false)).empty());
}

TEST_CASE("a file that is no plugin is named so, and nothing else is tried", "[validate]") {
    const auto sins = sinsOf("nonexistent", "");

    REQUIRE(sins.size() == 1);
    CHECK_THAT(sins.at("is-a-plugin-of-this-contract"), Contains("cannot be read"));
}

TEST_CASE("a backend's sins are told by name", "[validate]") {
    const auto sins = [](const std::string& sin) { return all(sinsOf("sinning_backend", sin)); };

    CHECK_THAT(sins("crash"),
               Contains("survives-hostile-messages: it ended the process (SIGABRT)"));
    CHECK_THAT(sins("counter"), Contains("counters-have-names: the counter \"Wrong Name\""));
    CHECK_THAT(sins("needs-log"), Contains("lives-without-services-or-says-why-not"));
    CHECK_THAT(sins("thread"), Contains("stop-leaves-no-thread"));
    CHECK_THAT(sins("routes"), Contains("has-routes-that-stay"));
    CHECK_THAT(sins("secret"), Contains("logs-nothing-secret"));
    CHECK_THAT(sins("race"), Contains("handles-several-at-once"));
    CHECK_THAT(sins("exit"), Contains("survives-hostile-messages: it ended the process"));
    CHECK_THAT(sins("kind"), Contains("an event has the kind 0"));
    CHECK_THAT(sins("split"), Contains("an answer has the header \"x-a\""));
    CHECK_THAT(sins("frame"), Contains("an answer has the header \"content-length\""));
    CHECK_THAT(sins("status"), Contains("an answer's status is not 200 to 599"));
    CHECK_THAT(sins("start"),
               Contains("lives-and-ends-many-times: start() failed: it will not start"));
}

TEST_CASE("the sins of managed subscriptions are told by name", "[validate]") {
    const auto sins = [](const std::string& sin) { return all(sinsOf("sinning_backend", sin)); };

    CHECK(sins("managed").empty());
    CHECK_THAT(sins("managed-endless"),
               Contains("managed-tasks-come-to-an-end: a task of kind 1 comes to no end"));
    CHECK_THAT(sins("managed-word"), Contains("a task is refused without a word"));
    CHECK_THAT(sins("managed-origin"), Contains("https://elsewhere.example.com"));
    CHECK_THAT(sins("managed-crash"),
               Contains("managed-tasks-survive-hostile-input: it ended the process (SIGABRT)"));
    CHECK_THAT(sins("managed-seconds"),
               Contains("managed-authorization-can-be-presented: its authorization has expired"));
}

TEST_CASE("a call that keeps memory is told by name", "[validate]") {
    CHECK_THAT(all(sinsOf("sinning_backend", "leak")),
               Contains("gives-its-memory-back: handle() keeps memory"));
    CHECK_THAT(all(sinsOf("sinning_provider", "leak")),
               Contains("gives-its-memory-back: request() keeps memory"));
}

TEST_CASE("a backend that promised not to block and does is told so", "[validate]") {
    const auto sins = sinsOf("sinning_backend", "block");

    CHECK_THAT(all(sins), Contains("never-blocks-if-it-says-so: handle() took longer"));
}

TEST_CASE("a provider's sins are told by name", "[validate]") {
    const auto sins = [](const std::string& sin) { return all(sinsOf("sinning_provider", sin)); };

    CHECK_THAT(sins("http"), Contains("the-gateway-takes-it") && Contains("origins-are-origins"));
    CHECK_THAT(sins("token"), Contains("a-normal-form-is-its-own"));
    CHECK_THAT(sins("word"), Contains("it refuses a token without a word"));
    CHECK_THAT(sins("file"), Contains("survives-hostile-files: it ended the process"));
    CHECK_THAT(sins("header"), Contains("the header \"X-Upper\""));
    CHECK_THAT(sins("path"), Contains("the path \"/a b\""));
    CHECK_THAT(sins("fragment"), Contains("the path \"/a#b\""));
    CHECK_THAT(sins("setting"), Contains("takes-every-setting-of-its-apps: its request cannot be"));
    CHECK_THAT(sins("origin"), Contains("https://elsewhere.example.com"));
    CHECK_THAT(sins("authorization"), Contains("its authorization is no header"));
    CHECK_THAT(sins("exchanges"), Contains("authorization-can-be-presented: one exchange with the "
                                           "authorization server leads to the next"));
    CHECK_THAT(sins("seconds"), Contains("its authorization has expired when it is given"));
    CHECK_THAT(sins("unknown-badge"), Contains("it cannot encode a push: no badge"));
    CHECK_THAT(sins("slow"), Contains("encodes-quickly-or-says-that-it-does-not"));
    CHECK_THAT(sins("long"), Contains("longer than POSTBELL_MAX_DEVICE_TOKEN_BYTES"));
    CHECK_THAT(sins("answer"), Contains("survives-hostile-answers: it ended the process"));
}

TEST_CASE("a provider that reports more than once is told so", "[validate]") {
    const std::string sins = all(sinsOf("reports_twice", ""));

    CHECK_THAT(sins, Contains("a-normal-form-is-its-own: check_token() reports 2 times"));
    CHECK_THAT(sins, Contains("survives-hostile-files: inspect() reports 2 times"));
    CHECK_THAT(sins,
               Contains("takes-the-credential: credential_schema refuses the given credential: "
                        "key-id: it is missing"));
}

TEST_CASE("a schema that no admin can fill in is told so", "[validate]") {
    const auto sin = [](const std::string& plugin) {
        return sinsOf(plugin, "", false)["settings-can-be-filled-in"];
    };

    CHECK(sin("requires_unknown") ==
          "credential_schema requires \"pin\", which is none of its properties");
    CHECK(sin("refuses_its_default") ==
          "credential_schema does not accept its own default of \"pin\"");
    CHECK_THAT(sin("odd_file"), Contains("a \"file\" with \"requird\""));
}

TEST_CASE("a file's sins are told by name", "[validate]") {
    const std::string sins = all(sinsOf("overrun", ""));

    CHECK_THAT(sins, Contains("exports-only-the-entry: it exports postbell_plugin_helper"));
    CHECK_THAT(sins, Contains("unknown-extension-gives-null"));
    CHECK_THAT(sins, Contains("out-structs-are-not-overrun: describe() writes behind"));
    CHECK_THAT(all(sinsOf("forgetful", "")), Contains("brings-its-libraries") && Contains("cos"));
}

TEST_CASE("a case that lacks a credential or a token is passed over, and says so", "[validate]") {
    validate::Subject subject;
    const test::PluginCopy copy(std::string(POSTBELL_FIXTURES) + "/sinning_provider.so");
    subject.file = copy.file();
    std::map<std::string, std::string> missing;
    for (const validate::Verdict& verdict : validate::validate(subject)) {
        CHECK(verdict.sin.empty());
        if (!verdict.missing.empty()) missing.emplace(verdict.name, verdict.missing);
    }

    CHECK(missing.at("takes-the-credential") == "--credential or --setting");
    CHECK(missing.at("takes-the-device-token") == "--device-token");
    CHECK(missing.at("makes-requests-that-can-be-sent") ==
          "--credential or --setting, and --device-token");
    CHECK(missing.count("a-normal-form-is-its-own") == 0);
}
