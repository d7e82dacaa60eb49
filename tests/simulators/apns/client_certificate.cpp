// SPDX-License-Identifier: Apache-2.0
#include "client_certificate.h"

#include <algorithm>

#include "openssl_ptr.h"

namespace apns_simulator {

using namespace http2_simulator;

namespace {

constexpr const char* kDevelopment = "1.2.840.113635.100.6.3.1";
constexpr const char* kProduction = "1.2.840.113635.100.6.3.2";
constexpr const char* kTopics = "1.2.840.113635.100.6.3.6";

X509_EXTENSION* findExtension(X509* certificate, const char* oid) {
    ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
    const int index = X509_get_ext_by_OBJ(certificate, object, -1);
    ASN1_OBJECT_free(object);
    return index < 0 ? nullptr : X509_get_ext(certificate, index);
}

// SEQUENCE { UTF8String topic, SEQUENCE { UTF8String kind ... } ... }: the strings of the outer
// one.
std::vector<std::string> readTopics(X509_EXTENSION* extension) {
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    const unsigned char* at = ASN1_STRING_get0_data(value);
    const unsigned char* const end = at + ASN1_STRING_length(value);
    std::vector<std::string> topics;
    long length = 0;
    int tag = 0;
    int kind = 0;
    if (ASN1_get_object(&at, &length, &tag, &kind, end - at) & 0x80 || tag != V_ASN1_SEQUENCE)
        return topics;
    const unsigned char* const list_end = std::min(end, at + length);
    while (at < list_end) {
        if (ASN1_get_object(&at, &length, &tag, &kind, list_end - at) & 0x80) break;
        if (tag == V_ASN1_UTF8STRING)
            topics.emplace_back(reinterpret_cast<const char*>(at),
                                static_cast<std::size_t>(length));
        at += length;
    }
    return topics;
}

}  // namespace

bool ClientCertificate::allowsTopic(std::string_view topic) const {
    return topic == user_id ||
           std::find(listed_topics.begin(), listed_topics.end(), topic) != listed_topics.end();
}

std::string_view ClientCertificate::defaultTopic() const {
    return listed_topics.size() > 1 ? std::string_view() : user_id;
}

ClientCertificate readClientCertificate(X509* certificate) {
    ClientCertificate read;
    X509_NAME* name = X509_get_subject_name(certificate);
    const BioPtr text(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    read.subject.assign(bytes, static_cast<std::size_t>(size));

    const int index = X509_NAME_get_index_by_NID(name, NID_userId, -1);
    if (index >= 0) {
        unsigned char* utf8 = nullptr;
        const int length =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
        if (length > 0)
            read.user_id.assign(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length));
        OPENSSL_free(utf8);
    }
    read.development = findExtension(certificate, kDevelopment) != nullptr;
    read.production = findExtension(certificate, kProduction) != nullptr;
    if (X509_EXTENSION* topics = findExtension(certificate, kTopics))
        read.listed_topics = readTopics(topics);
    return read;
}

}  // namespace apns_simulator
