// SPDX-License-Identifier: Apache-2.0
#include "vapid_key.h"

#include <catch2/catch.hpp>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <postbell/testing/fake_push.hpp>

#include "p256.h"
#include "rfc8291.h"

using namespace postbell;
using namespace postbell::webpush;
using namespace postbell::webpush::testing;
using Catch::Matchers::Contains;
using postbell::testing::FakeCredentialFile;

namespace {

template <class Write>
std::string pem(Write&& write) {
    const kit::BioHandle bio(BIO_new(BIO_s_mem()));
    REQUIRE(write(bio.get()) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pkcs8(EVP_PKEY& key) {
    return pem([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(to, &key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string problemOf(const std::string& file) {
    return readVapidKey(file).problem;
}

CredentialReport inspected(const std::string& content, const std::string& subject) {
    FakeCredentialFile file;
    file.content = content;
    if (!subject.empty()) file.settings = {{"subject", subject}};
    const postbell_credential_file raw = file.raw();
    return inspectCredential(CredentialFile(raw));
}

}  // namespace

TEST_CASE("a key on P-256 is taken in every form of PEM") {
    const kit::KeyHandle key = newKeyPair();
    const std::string expected = kit::base64Url(pointOf(*key));
    const std::string sec1 = pem([&](BIO* to) {
        return PEM_write_bio_PrivateKey_traditional(to, key.get(), nullptr, nullptr, 0, nullptr,
                                                    nullptr);
    });

    for (const std::string& file :
         {pkcs8(*key), sec1,
          "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
              sec1}) {
        const VapidKey read = readVapidKey(file);
        CHECK(read.problem == "");
        REQUIRE(read.key);
        CHECK(read.public_key == expected);
    }
    CHECK(expected.size() == 87);
}

TEST_CASE("a file with a compressed point gives the same public key") {
    const kit::KeyHandle key = newKeyPair();
    const std::string expected = kit::base64Url(pointOf(*key));
    REQUIRE(EVP_PKEY_set_utf8_string_param(key.get(), "point-format", "compressed") == 1);

    const VapidKey read = readVapidKey(pkcs8(*key));

    CHECK(read.problem == "");
    CHECK(read.public_key == expected);
}

TEST_CASE("a pair of keys of the npm package web-push is taken") {
    const nlohmann::json made = {{"publicKey", kSenderPublic}, {"privateKey", kSenderPrivate}};

    const VapidKey read = readVapidKey(made.dump());

    CHECK(read.problem == "");
    CHECK(read.public_key == kSenderPublic);
    CHECK_THAT(problemOf(R"({"publicKey":"","privateKey":""})"), Contains("web-push"));
    CHECK_THAT(problemOf(R"({"type":"service_account"})"), Contains("FCM"));
    CHECK_THAT(problemOf("{"), Contains("damaged"));
    const nlohmann::json mixed = {{"publicKey", kReceiverPublic}, {"privateKey", kSenderPrivate}};
    CHECK_THAT(problemOf(mixed.dump()), Contains("no pair"));
}

TEST_CASE("each mistake has a sentence, which says how to get a key") {
    const kit::KeyHandle key = newKeyPair();
    const kit::KeyHandle other_curve(EVP_EC_gen("secp384r1"));
    const kit::KeyHandle rsa(EVP_RSA_gen(2048));
    const std::string encrypted = pem([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(to, key.get(), EVP_aes_128_cbc(), "pass", 4, nullptr,
                                             nullptr);
    });
    const std::string public_half =
        pem([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); });
    std::string damaged = pkcs8(*key);
    damaged.erase(40, 8);

    CHECK_THAT(problemOf(""), Contains("empty") && Contains("--generate"));
    CHECK_THAT(problemOf(std::string(70'000, 'x')), Contains("too big"));
    CHECK_THAT(problemOf("key"), Contains("no private key"));
    CHECK_THAT(problemOf(encrypted), Contains("encrypted"));
    CHECK_THAT(problemOf(public_half), Contains("public key"));
    CHECK_THAT(problemOf("-----BEGIN CERTIFICATE-----"), Contains("certificate"));
    CHECK_THAT(problemOf(pkcs8(*other_curve)), Contains("another curve"));
    CHECK_THAT(problemOf(pkcs8(*rsa)), Contains("no EC key"));
    CHECK_THAT(problemOf(damaged), Contains("damaged"));
}

TEST_CASE("a contact is an address of mail or of a page") {
    for (const char* good : {"", "mailto:ops@example.com", "https://example.com/contact"})
        CHECK(checkSubject(good) == "");
    for (const char* bad :
         {"ops@example.com", "mailto:", "mailto:ops", "mailto:@example.com", "mailto:ops@",
          "http://example.com", "https://", "mailto: ops@a.example", "mailto:<ops@a.example>",
          "mailto:\"ops\"@a.example"})
        CHECK_THAT(checkSubject(bad), Contains("mailto:"));
    CHECK_FALSE(checkSubject("https://" + std::string(600, 'a')).empty());
}

TEST_CASE("a credential is listed with the public key that apps subscribe with") {
    const kit::KeyHandle key = newKeyPair();
    const std::string public_key = kit::base64Url(pointOf(*key));

    CHECK(inspected(pkcs8(*key), "mailto:ops@example.com").subject ==
          "public key " + public_key + ", contact mailto:ops@example.com");
    CHECK(inspected(pkcs8(*key), "").subject == "public key " + public_key + ", no contact");
    CHECK(inspected(pkcs8(*key), "").problem == "");
    CHECK_THAT(inspected(pkcs8(*key), "ops").problem, Contains("subject"));
    CHECK(inspected("", "").kind == "vapid-key");
}
