// SPDX-License-Identifier: Apache-2.0
#include "certificate.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <optional>

namespace postbell::apns {
namespace {

// Apple Worldwide Developer Relations, Certification Practice Statement, 4.11.
constexpr char kDevelopment[] = "1.2.840.113635.100.6.3.1";
constexpr char kProduction[] = "1.2.840.113635.100.6.3.2";
constexpr char kVoip[] = "1.2.840.113635.100.6.3.4";
constexpr char kTopics[] = "1.2.840.113635.100.6.3.6";

/// Names come from the file and go into sentences: no control characters, no endless text.
std::string printable(std::string text) {
    constexpr std::size_t kMaxName = 200;
    if (text.size() > kMaxName) text.resize(kMaxName);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
    return text;
}

std::string nameEntry(const X509_NAME* name, int nid) {
    const int index = X509_NAME_get_index_by_NID(name, nid, -1);
    if (index < 0) return {};
    unsigned char* utf8 = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    if (length < 0) return {};
    std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return printable(std::move(text));
}

/// The value of an extension; nothing if the certificate does not have it.
std::optional<std::string_view> extensionValue(const X509& certificate, const char* oid) {
    const Handle<ASN1_OBJECT, &ASN1_OBJECT_free> object(OBJ_txt2obj(oid, 1));
    const int index = object ? X509_get_ext_by_OBJ(&certificate, object.get(), -1) : -1;
    if (index < 0) return std::nullopt;
    const ASN1_OCTET_STRING* data = X509_EXTENSION_get_data(X509_get_ext(&certificate, index));
    return std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                            static_cast<std::size_t>(ASN1_STRING_length(data)));
}

std::optional<std::int64_t> milliseconds(const ASN1_TIME* time) {
    std::tm utc{};
    if (ASN1_TIME_to_tm(time, &utc) != 1) return std::nullopt;
    return std::int64_t{timegm(&utc)} * 1000;
}

}  // namespace

std::vector<std::string> CertificateFacts::appTopics() const {
    std::vector<std::string> names;
    if (!user_id.empty()) names.push_back(user_id);
    for (const AppleTopic& topic : topics) {
        const bool for_apps =
            topic.kinds.empty() || std::count(topic.kinds.begin(), topic.kinds.end(), "app") > 0;
        if (for_apps && std::count(names.begin(), names.end(), topic.name) == 0)
            names.push_back(topic.name);
    }
    return names;
}

CertificateFacts readCertificate(const X509& certificate) {
    const ErrorQueueGuard errors;
    CertificateFacts facts;
    const X509_NAME* subject = X509_get_subject_name(&certificate);
    facts.common_name = nameEntry(subject, NID_commonName);
    facts.user_id = nameEntry(subject, NID_userId);
    facts.development = extensionValue(certificate, kDevelopment).has_value();
    facts.production = extensionValue(certificate, kProduction).has_value();
    if (const auto value = extensionValue(certificate, kTopics)) {
        if (auto topics = decodeAppleTopics(*value)) {
            for (AppleTopic& topic : *topics) topic.name = printable(std::move(topic.name));
            facts.topics = std::move(*topics);
        } else {
            facts.damaged = true;
        }
    }
    facts.voip_only =
        extensionValue(certificate, kVoip).has_value() && !facts.development && !facts.production;

    const auto from = milliseconds(X509_get0_notBefore(&certificate));
    const auto until = milliseconds(X509_get0_notAfter(&certificate));
    facts.damaged |= !from || !until;
    facts.valid_from_ms = from.value_or(0);
    facts.expires_ms = until.value_or(0);
    return facts;
}

}  // namespace postbell::apns
