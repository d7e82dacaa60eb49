// SPDX-License-Identifier: Apache-2.0
#include "inspection.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "support/rsa_numbers.h"
#include "test_accounts.h"

using namespace postbell;
using namespace postbell::fcm;
using namespace postbell::fcm::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

CredentialReport inspect(const std::string& content, const Settings& settings = {}) {
    postbell_credential_file raw{};
    raw.size = sizeof raw;
    raw.content = bytes(content);
    raw.app = str("com.example.mail");
    return inspectCredential(CredentialFile(raw), settings);
}

std::string problemWith(const char* member, const json& value) {
    json file = accountJson();
    file[member] = value;
    return inspect(file.dump()).problem;
}

std::string problemWithout(const char* member) {
    json file = accountJson();
    file.erase(member);
    return inspect(file.dump()).problem;
}

}  // namespace

TEST_CASE("a service account is good, and shown by its name and project") {
    const CredentialReport report = inspect(accountJson().dump(2));

    CHECK(report.problem.empty());
    CHECK(report.kind == "fcm-service-account");
    CHECK(report.subject ==
          "postbell@mail-project-1.iam.gserviceaccount.com of project mail-project-1");
    CHECK(report.flags == 0);
    CHECK(report.expires_ms == 0);
    CHECK(report.topics.empty());
}

TEST_CASE("a byte order mark, blanks around the object and a missing token_uri do no harm") {
    json file = accountJson();
    CHECK(inspect("\xef\xbb\xbf" + file.dump()).problem.empty());
    CHECK(inspect("\n  " + file.dump() + "\r\n").problem.empty());
    file.erase("token_uri");
    file.erase("universe_domain");
    CHECK(inspect(file.dump()).problem.empty());
    file["project_id"] = "example.com:mail";
    CHECK(inspect(file.dump()).problem.empty());
}

TEST_CASE("each file that is no service account has its own sentence") {
    const std::pair<std::string, const char*> files[] = {
        {"", "is empty"},
        {" \n", "is empty"},
        {std::string(70'000, ' '), "too big"},
        {"AAAAbcdEfGh:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ-hQMRKRrZuJAEcl7B",
         "legacy"},
        {"AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "API key"},
        {"<?xml version=\"1.0\"?><plist><dict><key>GOOGLE_APP_ID</key></dict></plist>",
         "GoogleService-Info.plist"},
        {"-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n", "PEM"},
        {std::string("\x30\x82\x09\x00", 4), "P12"},
        {"hello", "not a JSON file"},
        {"[1, 2]", "not a JSON file"},
        {"{\"type\": ", "damaged"},
        {R"({"project_info": {"project_number": "1"}, "client": []})", "google-services.json"},
        {R"({"installed": {"client_id": "x", "client_secret": "y"}})", "OAuth client"},
        {R"({"web": {"client_id": "x", "client_secret": "y"}})", "OAuth client"},
        {R"({"apiKey": "AIza", "projectId": "p", "appId": "1:2:web:3"})", "web app"},
        {R"({"type": "authorized_user", "refresh_token": "x"})", "person"},
        {R"({"type": "external_account", "audience": "x"})", "federation"},
        {R"({"type": "impersonated_service_account"})", "federation"},
        {R"({"type": "something"})", "another"},
        {R"({"type": 1})", "no \"type\""},
        {"{}", "no \"type\""},
    };
    for (const auto& [file, word] : files) {
        CAPTURE(file.substr(0, 60));
        CHECK_THAT(inspect(file).problem, Contains(word));
        CHECK_THAT(inspect(file).problem, Contains("service account"));
    }
}

TEST_CASE("a service account's file with something missing or odd names it") {
    for (const char* member : {"project_id", "client_email", "private_key_id", "private_key"}) {
        CHECK_THAT(problemWithout(member), Contains(std::string("\"") + member + "\""));
        CHECK_THAT(problemWith(member, 7), Contains(std::string("\"") + member + "\""));
    }
    CHECK_THAT(problemWith("project_id", "../other"), Contains("project_id"));
    CHECK_THAT(problemWith("project_id", "a/b"), Contains("project_id"));
    CHECK_THAT(problemWith("client_email", "a b"), Contains("client_email"));
    CHECK_THAT(problemWith("client_email", "a\r\nb: c"), Contains("client_email"));
    CHECK_THAT(problemWith("private_key_id", std::string(5000, 'a')), Contains("private_key_id"));
    CHECK_THAT(problemWith("universe_domain", "example.goog"), Contains("universe_domain"));
}

TEST_CASE("a private key that Google did not make is refused") {
    const Key ec(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    CHECK_THAT(problemWith("private_key", pemOf(*ec)), Contains("not an RSA key"));
    CHECK_THAT(problemWith("private_key", pemOf(*newRsaKey(1024))), Contains("1024"));
    CHECK_THAT(problemWith("private_key", "-----BEGIN PRIVATE KEY-----\nMIIE"),
               Contains("damaged"));
    CHECK_THAT(problemWith("private_key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE"),
               Contains("encrypted"));
    CHECK_THAT(problemWith("private_key", ""), Contains("damaged"));
}

TEST_CASE("a key that signs slowly, or was made to be slow to check, is refused at once") {
    const auto begun = std::clock();
    // Primes that everybody knows: to look whether they are takes seconds.
    CHECK_THAT(problemWith("private_key", postbell::test::mersenneKey(4253, 2281).pem()),
               Contains("6534 bits"));
    auto swapped = postbell::test::mersenneKey(1279, 2203);
    BN_swap(swapped.e.get(), swapped.d.get());
    CHECK_THAT(problemWith("private_key", swapped.pem()), Contains("none of Google's"));
    CHECK(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC < 1);
}

TEST_CASE("a private key whose halves do not belong together is refused") {
    auto key = postbell::test::mersenneKey(1279, 2203);
    CHECK(problemWith("private_key", key.pem()).empty());
    BN_add_word(key.n.get(), 2);
    CHECK_THAT(problemWith("private_key", key.pem()), Contains("cannot sign"));
}

TEST_CASE("no sentence repeats what the file says") {
    const std::string secret = "s3cr3t-in-a-file";
    for (const std::string& file :
         {secret, "{\"type\":\"" + secret + "\"}", "{\"" + secret + "\":1}", "AAAA:APA91" + secret})
        CHECK_THAT(inspect(file).problem, !Contains(secret));
    CHECK_THAT(problemWith("token_uri", "https://" + secret + ".example/"), !Contains(secret));
}

TEST_CASE("a token_uri is Google's, or one that the config allows") {
    CHECK_THAT(problemWith("token_uri", "https://oauth2.googleapis.com.example/token"),
               Contains("token_uri"));
    CHECK_THAT(problemWith("token_uri", "http://oauth2.googleapis.com/token"),
               Contains("token_uri"));
    CHECK(problemWith("token_uri", "https://accounts.google.com/o/oauth2/token").empty());

    json file = accountJson();
    file["token_uri"] = "https://login.example/token";
    Settings settings;
    settings.allowed_origins = {"https://login.example"};
    CHECK(inspect(file.dump(), settings).problem.empty());
    CHECK(openAccount(file.dump(), settings).token_endpoint.text() ==
          "https://login.example/token");
    settings.allowed_origins.clear();
    settings.token_endpoint = {"https://127.0.0.1:1", "/token"};
    CHECK(openAccount(file.dump(), settings).account.problem.empty());
    CHECK(openAccount(file.dump(), settings).token_endpoint.text() == "https://127.0.0.1:1/token");
}
