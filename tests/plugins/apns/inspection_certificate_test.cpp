// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "inspecting.h"
#include "pkcs12.h"

using namespace postbell;
using namespace postbell::apns::testing;
using Catch::Matchers::Contains;

namespace {

/// A .p12 of such a certificate, ready to be uploaded.
Upload upload(const CertificateWish& wish, P12Ciphers ciphers = P12Ciphers::Modern) {
    const auto key = newEcKey();
    const auto certificate = newCertificate(wish, *key);
    return {p12(key.get(), certificate.get(), "secret", ciphers), "secret", "", ""};
}

std::string problemWith(const CertificateWish& wish) {
    return upload(wish).inspect().problem;
}

const std::uint32_t kBoth = POSTBELL_CREDENTIAL_PRODUCTION | POSTBELL_CREDENTIAL_SANDBOX;

}  // namespace

TEST_CASE("a universal push certificate tells its topics, environments and validity") {
    CertificateWish wish;
    wish.topics = {{"com.example.mail", "app"},
                   {"com.example.mail.voip", "voip"},
                   {"com.example.mail.complication", "complication"}};

    const CredentialReport report = upload(wish).inspect();

    CHECK(report.problem.empty());
    CHECK(report.kind == "apns-certificate");
    CHECK(report.subject == "Apple Push Services: com.example.mail");
    CHECK(report.flags == (POSTBELL_CREDENTIAL_TLS_IDENTITY | kBoth));
    CHECK(report.topics == std::vector<std::string>{"com.example.mail"});
    CHECK(report.valid_from_ms == wish.from_ms);
    CHECK(report.expires_ms == wish.until_ms);
}

TEST_CASE("a certificate of one environment serves that one") {
    CertificateWish wish;
    wish.production = false;
    CHECK(upload(wish).inspect().flags ==
          (POSTBELL_CREDENTIAL_TLS_IDENTITY | POSTBELL_CREDENTIAL_SANDBOX));
    wish.production = true;
    wish.development = false;
    CHECK(upload(wish).inspect().flags ==
          (POSTBELL_CREDENTIAL_TLS_IDENTITY | POSTBELL_CREDENTIAL_PRODUCTION));
}

TEST_CASE("the app may be any of a certificate's app topics") {
    CertificateWish wish;
    wish.topics = {
        {"com.example.mail", "app"}, {"com.example.mail.two", "app"}, {"com.example.voip", "voip"}};
    Upload file = upload(wish);

    file.app = "com.example.mail.two";
    CHECK(file.inspect().problem.empty());
    file.app = "com.example.voip";
    CHECK_THAT(file.inspect().problem, Contains("com.example.mail, com.example.mail.two"));
    file.app = "";
    CHECK(file.inspect().problem.empty());
}

TEST_CASE("a .p12 is opened whatever ciphers it was made with") {
    for (const auto ciphers : {P12Ciphers::Modern, P12Ciphers::TripleDes, P12Ciphers::Rc2And3Des,
                               P12Ciphers::NoMac, P12Ciphers::Plain}) {
        CAPTURE(static_cast<int>(ciphers));
        CHECK(upload({}, ciphers).inspect().problem.empty());
    }
}

TEST_CASE("reading an old cipher does not turn it on for the rest of the process") {
    REQUIRE(upload({}, P12Ciphers::Rc2And3Des).inspect().problem.empty());

    const apns::Handle<EVP_CIPHER, &EVP_CIPHER_free> cipher(
        EVP_CIPHER_fetch(nullptr, "RC2-40-CBC", nullptr));
    CHECK(cipher == nullptr);
    ERR_clear_error();
}

TEST_CASE("without OpenSSL's legacy provider the admin is told how to convert an old .p12") {
    const Upload file = upload({}, P12Ciphers::Rc2And3Des);

    const apns::IdentityFile opened =
        apns::readPkcs12(file.content, "secret", apns::OldCiphers::Leave);

    CHECK_THAT(opened.problem, Contains("old cipher") && Contains("openssl pkcs12 -legacy"));
}

TEST_CASE("a .p12 without a password is opened without one") {
    const auto key = newEcKey();
    const auto certificate = newCertificate({}, *key);
    const Upload file{p12(key.get(), certificate.get(), ""), "", "", ""};

    CHECK(file.inspect().problem.empty());
}

TEST_CASE("a wrong password is told from a missing one") {
    Upload file = upload({});

    file.password = "Secret";
    CHECK_THAT(file.inspect().problem, Contains("password does not open"));
    file.password = "secret\n";
    CHECK_THAT(file.inspect().problem, Contains("line break"));
    file.password = "";
    CHECK_THAT(file.inspect().problem, Contains("none was given"));

    Upload unproven = upload({}, P12Ciphers::NoMac);
    unproven.password = "Secret";
    CHECK_THAT(unproven.inspect().problem, Contains("password does not open"));
    unproven.password = "";
    CHECK_THAT(unproven.inspect().problem, Contains("none was given"));
}

TEST_CASE("a certificate without its private key is refused, and still described") {
    const auto key = newEcKey();
    const auto certificate = newCertificate({}, *key);

    SECTION("in a .p12") {
        const CredentialReport report =
            Upload{p12(nullptr, certificate.get(), "secret"), "secret", "", ""}.inspect();
        CHECK_THAT(report.problem, Contains("no private key") && Contains("Keychain Access"));
        CHECK(report.subject == "Apple Push Services: com.example.mail");
    }
    SECTION("in PEM") {
        CHECK_THAT((Upload{pemCertificate(*certificate), "", "", ""}.inspect().problem),
                   Contains("no private key"));
    }
    SECTION("as Apple hands it out, .cer") {
        CHECK_THAT((Upload{derCertificate(*certificate), "", "", ""}.inspect().problem),
                   Contains(".cer") && Contains("without its private key"));
    }
}

TEST_CASE("a private key without its certificate is refused") {
    const auto key = newEcKey();

    CHECK_THAT((Upload{p12(key.get(), nullptr, "secret"), "secret", "", ""}.inspect().problem),
               Contains("private key but no certificate"));
}

TEST_CASE("a private key that belongs to another certificate is refused") {
    const auto key = newEcKey();
    const auto certificate = newCertificate({}, *key);

    CHECK_THAT(
        (Upload{pemCertificate(*certificate) + pemKey(*newEcKey()), "", "", ""}.inspect().problem),
        Contains("does not belong"));
}

TEST_CASE("a certificate and its key in PEM are accepted, in any order and with an encrypted key") {
    const auto key = newRsaKey();
    const auto other_key = newEcKey();
    const auto issuer = newCertificate({}, *other_key);
    const auto certificate = newCertificate({}, *key);
    const std::string both = pemKey(*key) + pemCertificate(*issuer) + pemCertificate(*certificate);

    CHECK(Upload{both, "", "", ""}.inspect().problem.empty());

    Upload encrypted{pemCertificate(*certificate) + pemKey(*key, "secret"), "secret", "", ""};
    CHECK(encrypted.inspect().problem.empty());
    encrypted.password = "wrong";
    CHECK_THAT(encrypted.inspect().problem, Contains("password is wrong"));
    encrypted.password = "";
    CHECK_THAT(encrypted.inspect().problem, Contains("no password was given"));
}

TEST_CASE("a wildcard App ID cannot have push") {
    CertificateWish wish;
    wish.common_name = "Apple Push Services: com.example.*";
    wish.user_id = "com.example.*";
    CHECK_THAT(problemWith(wish), Contains("wildcard App ID com.example.*"));

    wish.user_id = "com.example.mail";
    wish.topics = {{"com.example.*", "app"}};
    CHECK_THAT(problemWith(wish), Contains("wildcard App ID com.example.*"));
}

TEST_CASE("a device-management certificate cannot push to an app") {
    CertificateWish wish;
    wish.common_name = "APSP:2b1d3c4e-0000-4000-8000-000000000000";
    wish.user_id = "com.apple.mgmt.External.2b1d3c4e-0000-4000-8000-000000000000";
    wish.development = false;
    CHECK_THAT(problemWith(wish),
               Contains("managing devices") && Contains("com.apple.mgmt.External"));
}

TEST_CASE("a certificate of another app names both") {
    CertificateWish wish;
    wish.user_id = "com.example.calendar";
    CHECK_THAT(problemWith(wish), Contains("for com.example.calendar, not for com.example.mail"));
}

TEST_CASE("a certificate outside its validity names the date") {
    CertificateWish wish;
    wish.until_ms = kNow - kDay;
    CHECK_THAT(problemWith(wish), Contains("expired on 2025-12-31"));

    wish.from_ms = kNow + kDay;
    wish.until_ms = kNow + 2 * kDay;
    CHECK_THAT(problemWith(wish), Contains("not valid before 2026-01-02"));
}

TEST_CASE("a certificate expires at the very millisecond it names") {
    CertificateWish wish;
    wish.until_ms = kNow;
    const Upload file = upload(wish);

    CHECK(file.inspect(kNow - 1).problem.empty());
    CHECK_FALSE(file.inspect(kNow).problem.empty());
}

TEST_CASE("a certificate that is not for push is recognised") {
    CertificateWish wish;
    wish.development = wish.production = false;

    SECTION("a distribution certificate, whose UID is the team") {
        wish.common_name = "Apple Distribution: Example Ltd (TEAM123456)";
        wish.user_id = "TEAM123456";
        CHECK_THAT(problemWith(wish), Contains("not a push certificate"));
    }
    SECTION("one without any topic") {
        wish.user_id = "";
        wish.production = true;
        CHECK_THAT(problemWith(wish), Contains("not a push certificate"));
    }
    SECTION("one for calls") {
        wish.common_name = "VoIP Services: com.example.mail";
        wish.voip = true;
        CHECK_THAT(problemWith(wish), Contains("VoIP Services"));
    }
}

TEST_CASE("a certificate of the app that does not tell its environment serves both") {
    CertificateWish wish;
    wish.development = wish.production = false;

    const CredentialReport report = upload(wish).inspect();

    CHECK(report.problem.empty());
    CHECK(report.flags == (POSTBELL_CREDENTIAL_TLS_IDENTITY | kBoth));
}

TEST_CASE("a purpose that is wrong is said before what else is wrong") {
    CertificateWish wish;
    wish.user_id = "com.example.*";
    wish.until_ms = kNow - kDay;
    const auto key = newEcKey();
    const auto certificate = newCertificate(wish, *key);

    CHECK_THAT((Upload{pemCertificate(*certificate), "", "", ""}.inspect().problem),
               Contains("wildcard"));
}

TEST_CASE("topics that cannot be decoded make a certificate damaged") {
    CertificateWish wish;
    wish.raw_topics =
        "\x30\x7f"
        "garbage";
    CHECK_THAT(problemWith(wish), Contains("damaged"));
}

TEST_CASE("names in a certificate cannot write lines into the log") {
    CertificateWish wish;
    wish.common_name = "Apple\nPush\x1b[31m Services";
    CHECK(upload(wish).inspect().subject == "Apple?Push?[31m Services");
}

TEST_CASE("a .p12 that asks for endless key derivation is refused at once") {
    const auto key = newEcKey();
    const auto certificate = newCertificate({}, *key);
    const std::string modest("\x02\x03\x01\x00\x00", 5);  // DER of the iteration count 0x10000
    const std::string endless("\x02\x03\x7f\xff\xff", 5);
    Upload file{p12(key.get(), certificate.get(), "secret", P12Ciphers::Modern, 0x10000), "secret",
                "", ""};
    REQUIRE(file.inspect().problem.empty());

    const std::size_t of_the_mac = file.content.rfind(modest);
    const std::size_t of_a_cipher = file.content.find(modest);
    REQUIRE(of_a_cipher < of_the_mac);

    file.content.replace(of_the_mac, endless.size(), endless);
    CHECK_THAT(file.inspect().problem, Contains("unreasonable"));
}

TEST_CASE("a damaged .p12 never passes") {
    const auto key = newEcKey();
    const auto certificate = newCertificate({}, *key);
    const std::string whole = p12(key.get(), certificate.get(), "secret", P12Ciphers::TripleDes, 1);

    for (std::size_t at = 0; at < whole.size(); at += 7) {
        CAPTURE(at);
        CHECK_FALSE((Upload{whole.substr(0, at), "secret", "", ""}.inspect().problem.empty()));
    }
}

TEST_CASE("looking into a file leaves nothing in the thread's OpenSSL error queue") {
    ERR_clear_error();
    for (const std::string& content :
         {std::string("\x30\x82\xff\xff"), pemKey(*newRsaKey()), upload({}).content,
          std::string("-----BEGIN PRIVATE KEY-----\nAAAA")}) {
        (void)Upload{content, "wrong", "", ""}.inspect();
        CHECK(ERR_peek_error() == 0);
    }
}
