// SPDX-License-Identifier: Apache-2.0
// What a file's identity is: the one that can push, in the form in which it is stored and used.
#include <catch2/catch.hpp>

#include <functional>

#include "identity_file.h"
#include "inspecting.h"
#include "pem_blocks.h"

using namespace postbell;
using namespace postbell::apns::testing;
using apns::CertificateHandle;
using apns::KeyHandle;
using Catch::Matchers::Contains;

namespace {

CertificateWish distribution() {
    CertificateWish wish;
    wish.common_name = "iPhone Distribution: Example GmbH";
    wish.user_id = "ABCDE12345";
    wish.development = wish.production = false;
    return wish;
}

/// A key with a push certificate, another with a distribution certificate, and an orphan.
struct Parts {
    KeyHandle key = newEcKey(), other_key = newEcKey(), orphan = newRsaKey();
    CertificateHandle push = newCertificate({}, *key);
    CertificateHandle other = newCertificate(distribution(), *other_key);
    CertificateHandle other_of_key = newCertificate(distribution(), *key);
};

/// The certificates in an identity, in order, as they are written.
std::string certificatesIn(const std::string& pem) {
    std::string certificates;
    for (const apns::PemBlock& block : apns::pemBlocks(pem))
        if (block.isCertificate()) certificates.append(block.text);
    return certificates;
}

}  // namespace

TEST_CASE("whatever the file, its identity is the push certificate with its key") {
    struct Case {
        const char* name;
        std::function<std::string(const Parts&)> file;
    };
    const std::vector<Case> cases{
        {"apns-p12-distribution-identity-then-push-identity",
         [](const Parts& p) {
             return p12Of({p.other_key.get(), p.key.get()}, {p.other.get(), p.push.get()},
                          "secret");
         }},
        {"apns-p12-one-key-distribution-then-push",
         [](const Parts& p) {
             return p12Of({p.key.get()}, {p.other_of_key.get(), p.push.get()}, "secret");
         }},
        {"apns-p12-orphan-key-first",
         [](const Parts& p) {
             return p12Of({p.orphan.get(), p.key.get()}, {p.push.get()}, "secret");
         }},
        {"apns-p12-pbmac1",
         [](const Parts& p) { return p12WithPbmac1(*p.key, *p.push, "secret"); }},
        {"apns-p12-without-mac",
         [](const Parts& p) {
             return p12(p.key.get(), p.push.get(), "secret", P12Ciphers::NoMac);
         }},
        {"apns-pem-key-pbe-md5-des",
         [](const Parts& p) {
             return pemCertificate(*p.push) + pemKeyOfOldTool(*p.key, "secret");
         }},
        {"PEM, a key encrypted by a header",
         [](const Parts& p) {
             return pemKeyWithHeader(*p.key, "secret") + pemCertificate(*p.push);
         }},
        {"PEM, an orphan key and a distribution identity first",
         [](const Parts& p) {
             return pemKey(*p.orphan) + pemKey(*p.other_key) + pemCertificate(*p.other) +
                    pemCertificate(*p.push) + pemKey(*p.key);
         }},
    };
    for (const Case& one : cases) {
        CAPTURE(one.name);
        const Parts parts;

        const CredentialReport report = Upload{one.file(parts), "secret", "", ""}.inspect();

        CHECK(report.problem == "");
        CHECK(report.subject == "Apple Push Services: com.example.mail");
        CHECK(report.identity == pemKey(*parts.key) + pemCertificate(*parts.push));
    }
}

TEST_CASE("an identity as it is stored is read as the same identity") {
    const Parts parts;
    const std::string stored = pemKey(*parts.key) + pemCertificate(*parts.push);

    const CredentialReport report = Upload{stored, "", "", ""}.inspect();

    CHECK(report.problem == "");
    CHECK(report.identity == stored);
}

TEST_CASE("of several push certificates the newest is used that is valid, and is the app's") {
    const auto key = newEcKey();
    CertificateWish wish;
    wish.from_ms = kNow - 300 * kDay;
    const auto old = newCertificate(wish, *key);
    wish.from_ms = kNow - 10 * kDay;
    const auto newest = newCertificate(wish, *key);
    wish.from_ms = kNow - 5 * kDay;
    wish.until_ms = kNow - kDay;
    const auto expired = newCertificate(wish, *key);
    wish.until_ms = kNow + kDay;
    wish.user_id = "com.example.calendar";
    const auto of_another_app = newCertificate(wish, *key);

    const Upload file{
        p12Of({key.get()}, {old.get(), expired.get(), newest.get(), of_another_app.get()},
              "secret"),
        "secret", "", ""};

    CHECK(file.inspect().identity == pemKey(*key) + pemCertificate(*newest));
    Upload only_expired{p12Of({key.get()}, {expired.get()}, "secret"), "secret", "", ""};
    CHECK_THAT(only_expired.inspect().problem, Contains("expired on"));
}

TEST_CASE("an identity has the chain above it, without the root and without other certificates") {
    const auto root_key = newEcKey(), middle_key = newEcKey(), key = newEcKey();
    const auto root = newAuthority("Root", *root_key);
    const auto middle = newAuthority("Middle", *middle_key, root.get(), root_key.get());
    CertificateWish wish;
    wish.issuer = middle.get();
    wish.issuer_key = middle_key.get();
    const auto push = newCertificate(wish, *key);
    const Parts others;

    const CredentialReport report =
        Upload{p12Of({key.get()}, {root.get(), others.other.get(), middle.get(), push.get()},
                     "secret"),
               "secret", "", ""}
            .inspect();

    CHECK(certificatesIn(report.identity) == pemCertificate(*push) + pemCertificate(*middle));
}

TEST_CASE("without OpenSSL's legacy provider the admin is told that the cipher may be the reason") {
    const Parts parts;

    const apns::IdentityFile opened =
        apns::readPem(pemCertificate(*parts.push) + pemKeyOfOldTool(*parts.key, "secret"), "secret",
                      apns::OldCiphers::Leave);

    CHECK_THAT(opened.problem, Contains("old cipher") && Contains("openssl pkey"));
}

TEST_CASE("an encrypted PEM key that asks for endless key derivation is refused at once") {
    const Parts parts;

    const Upload file{pemCertificate(*parts.push) + pemKeyOfEndlessDerivation(*parts.key, "secret"),
                      "secret", "", ""};

    CHECK_THAT(file.inspect().problem, Contains("unreasonable"));
}
