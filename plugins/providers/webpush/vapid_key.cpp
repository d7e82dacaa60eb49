// SPDX-License-Identifier: Apache-2.0
#include "vapid_key.h"

#include <openssl/pem.h>

#include <algorithm>

#include "p256.h"
#include "postbell/kit/base64url.hpp"
#include "postbell/kit/json_reader.hpp"
#include "postbell/kit/private_key.hpp"

namespace postbell::webpush {
namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;
constexpr std::size_t kMaxSubject = 512;
constexpr kit::JsonLimits kLimits{4, 64};

constexpr char kWanted[] =
    " Upload an EC private key on P-256 in PEM (openssl genpkey -algorithm EC -pkeyopt "
    "ec_paramgen_curve:P-256), or leave the file out and give --generate.";

VapidKey refused(const char* sentence) {
    return {nullptr, {}, std::string(sentence) + kWanted};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

VapidKey accepted(kit::KeyHandle key) {
    std::string point = kit::base64Url(pointOf(*key));
    return {std::move(key), std::move(point), {}};
}

/// {"publicKey": ..., "privateKey": ...}, both in base64url.
VapidKey readJsonKey(std::string_view file) {
    const auto json = kit::readJson(file, kLimits);
    if (!json || json->kind() != kit::Json::Kind::Object)
        return refused("The file begins like JSON, and is damaged.");
    if ((*json)["type"].text() == "service_account")
        return refused("This is a service account of Google Firebase (FCM), not a VAPID key.");
    const auto scalar = kit::decodeBase64Url((*json)["privateKey"].text().value_or(""));
    const auto point = kit::decodeBase64Url((*json)["publicKey"].text().value_or(""));
    if (!scalar || !point || scalar->empty() || point->empty())
        return refused(
            "This JSON is not what `web-push generate-vapid-keys --json` prints: it lacks "
            "\"publicKey\" or \"privateKey\" in base64url.");
    kit::KeyHandle key = keyPairOf(*scalar, *point);
    if (!key) return refused("\"publicKey\" and \"privateKey\" are no pair of keys on P-256.");
    return accepted(std::move(key));
}

VapidKey readPem(std::string_view file) {
    if (contains(file, "ENCRYPTED"))
        return refused(
            "This private key is encrypted, and keys are taken unencrypted: the gateway seals them "
            "itself.");
    if (!contains(file, "PRIVATE KEY-----")) {
        if (contains(file, "PUBLIC KEY-----"))
            return refused("This is a public key; pushing takes the private one.");
        if (contains(file, "CERTIFICATE"))
            return refused("This is a certificate; Web Push has none.");
        return refused("The file holds no private key.");
    }
    if (!kit::areQuickToRead(file)) return refused("This is no EC key.");
    const kit::BioHandle reader = kit::readerOf(file);
    kit::KeyHandle key(PEM_read_bio_PrivateKey(reader.get(), nullptr, kit::noPassword, nullptr));
    if (!key)
        return refused("The file looks like a private key but is damaged: it cannot be read.");
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) return refused("This is no EC key.");
    if (!isKeyPair(*key))
        return refused(
            "This EC key is on another curve than P-256, or its halves do not belong together.");
    return accepted(std::move(key));
}

}  // namespace

const char kCredentialSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "file": {
    "required": true,
    "description": "the VAPID key: an EC private key on P-256 in PEM, or the JSON of `web-push generate-vapid-keys --json`",
    "generate": "p256"
  },
  "properties": {
    "subject": {
      "type": "string",
      "description": "whom the operators of push servers write to if pushes cause trouble: mailto:you@example.com or https://..."
    }
  }
})";

VapidKey readVapidKey(std::string_view file) {
    const kit::ErrorQueueGuard errors;
    if (file.empty()) return refused("The file is empty.");
    if (file.size() > kMaxFileBytes)
        return refused("The file is too big for a key: more than 64 kB.");
    const std::size_t first = file.find_first_not_of(" \t\r\n");
    if (first != file.npos && file[first] == '{') return readJsonKey(file);
    return readPem(file);
}

std::string checkSubject(std::string_view subject) {
    constexpr std::string_view kMail = "mailto:", kPage = "https://";
    if (subject.empty()) return {};
    const bool plain =
        subject.size() <= kMaxSubject && std::all_of(subject.begin(), subject.end(), [](char c) {
            return c > ' ' && c < '\x7f' && !contains("\"<>\\", {&c, 1});
        });
    const std::size_t at = subject.find('@');
    const bool mail = subject.substr(0, kMail.size()) == kMail && at != subject.npos &&
                      at > kMail.size() && at + 1 < subject.size();
    const bool page = subject.substr(0, kPage.size()) == kPage && subject.size() > kPage.size();
    if (plain && (mail || page)) return {};
    return "The setting subject must be \"mailto:you@example.com\" or "
           "\"https://example.com/contact\""
           ", without blanks: push servers' operators write there if pushes cause trouble.";
}

CredentialReport inspectCredential(const CredentialFile& file) {
    CredentialReport report;
    report.kind = "vapid-key";
    const VapidKey read = readVapidKey(file.content());
    report.problem = read.problem;
    if (report.problem.empty()) report.problem = checkSubject(file.setting("subject"));
    if (!report.problem.empty()) return report;
    report.subject = "public key " + read.public_key;
    const std::string_view contact = file.setting("subject");
    report.subject.append(contact.empty() ? ", no contact" : ", contact ").append(contact);
    return report;
}

}  // namespace postbell::webpush
