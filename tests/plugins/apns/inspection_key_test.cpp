// SPDX-License-Identifier: Apache-2.0
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <catch2/catch.hpp>
#include <memory>

#include "credential_file.h"
#include "inspecting.h"

using namespace postbell;
using namespace postbell::apns::testing;
using Catch::Matchers::Contains;

namespace {

Upload key(std::string content) {
    return {std::move(content), "", "ABC123DEFG", "TEAM123456"};
}

/// The private half of one key beside the public half of another.
kit::KeyHandle mixedKey() {
    const kit::KeyHandle own = newEcKey(), other = newEcKey();
    BIGNUM* scalar = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(own.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> scalar_owner(scalar, &BN_free);
    unsigned char point[128];
    std::size_t length = 0;
    REQUIRE(EVP_PKEY_get_octet_string_param(other.get(), OSSL_PKEY_PARAM_PUB_KEY, point,
                                            sizeof point, &length) == 1);
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
        OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point, length);
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(
        OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* mixed = nullptr;
    REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_fromdata(context.get(), &mixed, EVP_PKEY_KEYPAIR, parameters.get()) == 1);
    return kit::KeyHandle(mixed);
}

}  // namespace

TEST_CASE("a key whose file carries another key's public half is refused") {
    CHECK_THAT(key(pemKey(*mixedKey())).inspect().problem, Contains("belong to different keys"));
    CHECK_THAT(key(derKey(*mixedKey())).inspect().problem, Contains("belong to different keys"));
}

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
