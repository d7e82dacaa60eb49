// SPDX-License-Identifier: Apache-2.0
#include "test_credentials.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace postbell::apns::testing {
namespace {

/// What was written into a memory BIO.
std::string taken(const BioHandle& bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

BioHandle newWriter() {
    return BioHandle(BIO_new(BIO_s_mem()));
}

template <class T>
T* made(T* object) {
    if (object == nullptr) throw std::runtime_error("OpenSSL did not make a test's object");
    return object;
}

std::string der(unsigned char tag, const std::string& value) {
    std::string out(1, static_cast<char>(tag));
    if (value.size() >= 0x100) {
        out += '\x82';
        out += static_cast<char>(value.size() >> 8);
    } else if (value.size() >= 0x80) {
        out += '\x81';
    }
    out += static_cast<char>(value.size() & 0xff);
    return out + value;
}

void addExtension(X509& certificate, const char* oid, const std::string& value) {
    const Handle<ASN1_OBJECT, &ASN1_OBJECT_free> object(made(OBJ_txt2obj(oid, 1)));
    const Handle<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free> data(made(ASN1_OCTET_STRING_new()));
    ASN1_OCTET_STRING_set(data.get(), reinterpret_cast<const unsigned char*>(value.data()),
                          static_cast<int>(value.size()));
    const Handle<X509_EXTENSION, &X509_EXTENSION_free> extension(
        made(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, data.get())));
    X509_add_ext(&certificate, extension.get(), -1);
}

void addName(X509_NAME* name, int nid, const std::string& value) {
    if (value.empty()) return;
    X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
}

}  // namespace

KeyHandle newEcKey(const char* curve) {
    return KeyHandle(made(EVP_EC_gen(curve)));
}
KeyHandle newRsaKey() {
    return KeyHandle(made(EVP_RSA_gen(2048)));
}
KeyHandle newEd25519Key() {
    return KeyHandle(made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

std::string pemKey(EVP_PKEY& key) {
    const BioHandle out = newWriter();
    PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return taken(out);
}

std::string pemKey(EVP_PKEY& key, const std::string& password) {
    const BioHandle out = newWriter();
    PEM_write_bio_PKCS8PrivateKey(out.get(), &key, EVP_aes_256_cbc(), password.data(),
                                  static_cast<int>(password.size()), nullptr, nullptr);
    return taken(out);
}

std::string derKey(EVP_PKEY& key) {
    const BioHandle out = newWriter();
    i2d_PKCS8PrivateKey_bio(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return taken(out);
}

std::string pemPublicKey(EVP_PKEY& key) {
    const BioHandle out = newWriter();
    PEM_write_bio_PUBKEY(out.get(), &key);
    return taken(out);
}

std::string derTopics(const std::vector<std::pair<std::string, std::string>>& topics) {
    std::string list;
    for (const auto& [name, kind] : topics)
        list += der(V_ASN1_UTF8STRING, name) + der(0x30, der(V_ASN1_UTF8STRING, kind));
    return der(0x30, list);
}

CertificateHandle newCertificate(const CertificateWish& wish, EVP_PKEY& key) {
    const std::string null("\x05\x00", 2);
    CertificateHandle certificate(made(X509_new()));
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), wish.from_ms / 1000);
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), wish.until_ms / 1000);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    addName(subject, NID_userId, wish.user_id);
    addName(subject, NID_commonName, wish.common_name);
    X509_set_issuer_name(certificate.get(), subject);
    X509_set_pubkey(certificate.get(), &key);
    if (wish.development) addExtension(*certificate, "1.2.840.113635.100.6.3.1", null);
    if (wish.production) addExtension(*certificate, "1.2.840.113635.100.6.3.2", null);
    if (wish.voip) addExtension(*certificate, "1.2.840.113635.100.6.3.4", null);
    const std::string topics = wish.raw_topics.empty() ? derTopics(wish.topics) : wish.raw_topics;
    if (!wish.topics.empty() || !wish.raw_topics.empty())
        addExtension(*certificate, "1.2.840.113635.100.6.3.6", topics);
    if (X509_sign(certificate.get(), &key, EVP_sha256()) == 0)
        throw std::runtime_error("OpenSSL did not sign a test's certificate");
    return certificate;
}

std::string pemCertificate(X509& certificate) {
    const BioHandle out = newWriter();
    PEM_write_bio_X509(out.get(), &certificate);
    return taken(out);
}

std::string derCertificate(X509& certificate) {
    const BioHandle out = newWriter();
    i2d_X509_bio(out.get(), &certificate);
    return taken(out);
}

std::string p12(EVP_PKEY* key, X509* certificate, const std::string& password, P12Ciphers ciphers,
                int iterations) {
    int key_cipher = 0;
    int certificate_cipher = 0;
    if (ciphers == P12Ciphers::TripleDes || ciphers == P12Ciphers::Rc2And3Des)
        key_cipher = certificate_cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    if (ciphers == P12Ciphers::Rc2And3Des) certificate_cipher = NID_pbe_WithSHA1And40BitRC2_CBC;
    if (ciphers == P12Ciphers::Plain) key_cipher = certificate_cipher = -1;
    const bool mac = ciphers != P12Ciphers::NoMac && ciphers != P12Ciphers::Plain;

    using Provider = Handle<OSSL_PROVIDER, &OSSL_PROVIDER_unload>;
    const Handle<OSSL_LIB_CTX, &OSSL_LIB_CTX_free> library(OSSL_LIB_CTX_new());
    const Provider usual(made(OSSL_PROVIDER_load(library.get(), "default")));
    const Provider legacy(made(OSSL_PROVIDER_load(library.get(), "legacy")));
    const Handle<PKCS12, &PKCS12_free> file(made(PKCS12_create_ex(
        password.c_str(), "test", key, certificate, nullptr, key_cipher, certificate_cipher,
        iterations, mac ? iterations : -1, 0, library.get(), nullptr)));
    const BioHandle out = newWriter();
    i2d_PKCS12_bio(out.get(), file.get());
    return taken(out);
}

}  // namespace postbell::apns::testing
