// SPDX-License-Identifier: Apache-2.0
#include "test_credentials.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "library_context.h"

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

void sign(X509& certificate, EVP_PKEY& key, X509* issuer, EVP_PKEY* issuer_key) {
    X509_set_issuer_name(&certificate,
                         X509_get_subject_name(issuer != nullptr ? issuer : &certificate));
    if (X509_sign(&certificate, issuer_key != nullptr ? issuer_key : &key, EVP_sha256()) == 0)
        throw std::runtime_error("OpenSSL did not sign a test's certificate");
}

/// A library context with all ciphers, the thread's default for its lifetime.
class OldCipherScope {
  public:
    OldCipherScope() : previous_(OSSL_LIB_CTX_set0_default(library_.get())) {}
    ~OldCipherScope() { OSSL_LIB_CTX_set0_default(previous_); }
    OldCipherScope(const OldCipherScope&) = delete;
    OldCipherScope& operator=(const OldCipherScope&) = delete;
    OSSL_LIB_CTX* get() const { return library_.get(); }

  private:
    LibraryContext library_{OldCiphers::Load};
    OSSL_LIB_CTX* const previous_;
};

std::string taken(PKCS12* file) {
    const Handle<PKCS12, &PKCS12_free> owned(made(file));
    const BioHandle out = newWriter();
    i2d_PKCS12_bio(out.get(), owned.get());
    return taken(out);
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

std::string pemKeyOfOldTool(EVP_PKEY& key, const std::string& password) {
    const OldCipherScope scope;
    const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> info(made(EVP_PKEY2PKCS8(&key)));
    const Handle<X509_SIG, &X509_SIG_free> encrypted(made(PKCS8_encrypt_ex(
        NID_pbeWithMD5AndDES_CBC, nullptr, password.data(), static_cast<int>(password.size()),
        nullptr, 0, 2048, info.get(), scope.get(), nullptr)));
    const BioHandle out = newWriter();
    PEM_write_bio_PKCS8(out.get(), encrypted.get());
    return taken(out);
}

std::string pemKeyWithHeader(EVP_PKEY& key, const std::string& password) {
    const OldCipherScope scope;
    const BioHandle out = newWriter();
    PEM_write_bio_PrivateKey_traditional(out.get(), &key, EVP_des_cbc(),
                                         reinterpret_cast<const unsigned char*>(password.data()),
                                         static_cast<int>(password.size()), nullptr, nullptr);
    return taken(out);
}

std::string pemKeyOfEndlessDerivation(EVP_PKEY& key, const std::string& password) {
    constexpr int kModest = 0x10000;
    const std::string modest("\x02\x03\x01\x00\x00", 5);  // DER of kModest
    const std::string endless("\x02\x03\x7f\xff\xff", 5);
    const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> info(made(EVP_PKEY2PKCS8(&key)));
    const Handle<X509_SIG, &X509_SIG_free> encrypted(
        made(PKCS8_encrypt(-1, EVP_aes_256_cbc(), password.data(),
                           static_cast<int>(password.size()), nullptr, 0, kModest, info.get())));
    const BioHandle der_out = newWriter();
    i2d_PKCS8_bio(der_out.get(), encrypted.get());
    std::string changed = taken(der_out);
    changed.replace(changed.find(modest), modest.size(), endless);
    const BioHandle out = newWriter();
    PEM_write_bio(out.get(), "ENCRYPTED PRIVATE KEY", "",
                  reinterpret_cast<const unsigned char*>(changed.data()),
                  static_cast<long>(changed.size()));
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
    X509_set_pubkey(certificate.get(), &key);
    if (wish.development) addExtension(*certificate, "1.2.840.113635.100.6.3.1", null);
    if (wish.production) addExtension(*certificate, "1.2.840.113635.100.6.3.2", null);
    if (wish.voip) addExtension(*certificate, "1.2.840.113635.100.6.3.4", null);
    const std::string topics = wish.raw_topics.empty() ? derTopics(wish.topics) : wish.raw_topics;
    if (!wish.topics.empty() || !wish.raw_topics.empty())
        addExtension(*certificate, "1.2.840.113635.100.6.3.6", topics);
    sign(*certificate, key, wish.issuer, wish.issuer_key);
    return certificate;
}

CertificateHandle newAuthority(const std::string& common_name, EVP_PKEY& key, X509* issuer,
                               EVP_PKEY* issuer_key) {
    CertificateWish wish;
    wish.common_name = common_name;
    wish.user_id.clear();
    wish.development = wish.production = false;
    wish.issuer = issuer;
    wish.issuer_key = issuer_key;
    return newCertificate(wish, key);
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

    const LibraryContext library(OldCiphers::Load);
    return taken(PKCS12_create_ex(password.c_str(), "test", key, certificate, nullptr, key_cipher,
                                  certificate_cipher, iterations, mac ? iterations : -1, 0,
                                  library.get(), nullptr));
}

std::string p12Of(const std::vector<EVP_PKEY*>& keys, const std::vector<X509*>& certificates,
                  const std::string& password) {
    constexpr int kIterations = 2048;
    STACK_OF(PKCS12_SAFEBAG)* bags = nullptr;
    for (EVP_PKEY* const key : keys)
        made(PKCS12_add_key(&bags, key, 0, kIterations, NID_aes_256_cbc, password.c_str()));
    for (X509* const certificate : certificates) made(PKCS12_add_cert(&bags, certificate));
    STACK_OF(PKCS7)* safes = nullptr;
    PKCS12_add_safe(&safes, bags, -1, kIterations, nullptr);
    PKCS12* const file = made(PKCS12_add_safes(safes, 0));
    PKCS12_set_mac(file, password.c_str(), -1, nullptr, 0, kIterations, EVP_sha256());
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return taken(file);
}

std::string p12WithPbmac1(EVP_PKEY& key, X509& certificate, const std::string& password) {
    PKCS12* const file = made(
        PKCS12_create(password.c_str(), "test", &key, &certificate, nullptr, 0, 0, 2048, 2048, 0));
    const X509_ALGOR* scheme = nullptr;
    PKCS12_get0_mac(nullptr, &scheme, nullptr, nullptr, file);
    X509_ALGOR_set0(const_cast<X509_ALGOR*>(scheme), OBJ_nid2obj(NID_pbmac1), V_ASN1_NULL, nullptr);
    return taken(file);
}

}  // namespace postbell::apns::testing
