// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "credential_file.h"
#include "inspecting.h"

using namespace postbell;
using namespace postbell::apns::testing;
using Catch::Matchers::Contains;

namespace {

Upload key(std::string content) {
    return {std::move(content), "", "ABC123DEFG", "TEAM123456"};
}

}  // namespace

TEST_CASE("a signing key from Apple is good for both environments and does not expire") {
    const CredentialReport report = key(pemKey(*newEcKey())).inspect();

    CHECK(report.problem.empty());
    CHECK(report.kind == "apns-key");
    CHECK(report.subject == "key ABC123DEFG of team TEAM123456");
    CHECK(report.flags == (POSTBELL_CREDENTIAL_PRODUCTION | POSTBELL_CREDENTIAL_SANDBOX));
    CHECK(report.topics.empty());
    CHECK(report.valid_from_ms == 0);
    CHECK(report.expires_ms == 0);
}

TEST_CASE("a signing key is also read with a byte order mark, in DER, or with Windows line ends") {
    const std::string pem = pemKey(*newEcKey());
    std::string windows;
    for (const char c : pem) windows.append(c == '\n' ? "\r\n" : std::string(1, c));

    CHECK(key("\xef\xbb\xbf" + pem).inspect().problem.empty());
    CHECK(key(windows).inspect().problem.empty());
    CHECK(key(derKey(*newEcKey())).inspect().problem.empty());
}

TEST_CASE("a key of the wrong kind is named and the right one is asked for") {
    CHECK_THAT(key(pemKey(*newRsaKey())).inspect().problem,
               Contains("RSA") && Contains("P-256") && Contains(".p12"));
    CHECK_THAT(key(pemKey(*newEcKey("P-384"))).inspect().problem,
               Contains("secp384r1") && Contains("P-256"));
    CHECK_THAT(key(pemKey(*newEd25519Key())).inspect().problem, Contains("not an EC key"));
    CHECK_THAT(key(pemPublicKey(*newEcKey())).inspect().problem, Contains("public key"));
}

TEST_CASE("an encrypted key is refused without asking for its password") {
    Upload upload = key(pemKey(*newEcKey(), "secret"));

    CHECK_THAT(upload.inspect().problem, Contains("encrypted") && Contains("openssl pkcs8"));

    upload.password = "secret";
    CHECK_THAT(upload.inspect().problem, Contains("encrypted"));
}

TEST_CASE("a damaged key is told from something else") {
    std::string pem = pemKey(*newEcKey());
    pem.erase(60, 20);

    CHECK_THAT(key(pem).inspect().problem, Contains("damaged"));
}

TEST_CASE("key-id and team-id are needed, have ten characters, and differ") {
    const std::string pem = pemKey(*newEcKey());
    const auto problem = [&](const char* key_id, const char* team_id) {
        return Upload{pem, "", key_id, team_id}.inspect().problem;
    };

    CHECK_THAT(problem("", "TEAM123456"), Contains("key-id is missing"));
    CHECK_THAT(problem("ABC123DEFG", ""), Contains("team-id is missing"));
    CHECK_THAT(problem("ABC123", "TEAM123456"), Contains("key-id must have exactly 10"));
    CHECK_THAT(problem("abc123defg", "TEAM123456"),
               Contains("key-id") && Contains("capital letters"));
    CHECK_THAT(problem("ABC123DEFG", "TEAM12345\n"), Contains("team-id must have"));
    CHECK_THAT(problem("ABC\"},123", "TEAM123456"), Contains("key-id must have"));
    CHECK_THAT(problem("TEAM123456", "TEAM123456"), Contains("are the same"));
}

TEST_CASE("a file that is no credential of APNs is recognised") {
    const std::pair<std::string, const char*> files[] = {
        {"", "empty"},
        {" \r\n", "empty"},
        {std::string(apns::kMaxFileBytes + 1, 'x'), "too big"},
        {R"({"type": "service_account", "project_id": "demo"})", "provider fcm"},
        {R"({"project_info": {"project_number": "1"}, "client": []})", "google-services.json"},
        {R"({"hello": 1})", "JSON file"},
        {"<?xml version=\"1.0\"?><plist version=\"1.0\"></plist>", "provisioning profile"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
         "signing request"},
        {"hello, world", "neither a signing key nor a certificate"},
        {"\x30\x82\xff\xff", "neither a signing key nor a certificate"},
        {std::string("\x30\x00", 2), "neither a signing key nor a certificate"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "neither a signing key nor a certificate"},
        {"-----BEGIN PRIVATE KEY", "damaged"},
        {"-----BEGIN PRIVATE KEY-----", "damaged"},
    };
    for (const auto& [content, sentence] : files) {
        CAPTURE(content.substr(0, 60));
        CHECK_THAT(key(content).inspect().problem, Contains(sentence));
    }
}
