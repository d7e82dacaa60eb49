// SPDX-License-Identifier: Apache-2.0
#include "support/test_certificates.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace postbell::test {
namespace {

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

std::shared_ptr<EVP_PKEY> newKey() {
    std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    require(key != nullptr, "key");
    return key;
}

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, "extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// Unsigned: the caller adds extensions and signs.
std::shared_ptr<X509> newCertificate(const std::string& name, EVP_PKEY* key, int days) {
    std::shared_ptr<X509> made(X509_new(), X509_free);
    require(made != nullptr, "certificate");
    X509_set_version(made.get(), 2);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1);
    const long day = 24 * 3600;
    X509_gmtime_adj(X509_getm_notBefore(made.get()), days > 0 ? -day : 2 * days * day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), days * day);
    // UID: of a certificate that Apple issues, the app's bundle id.
    for (const char* entry : {"UID", "CN"})
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), entry, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_pubkey(made.get(), key);
    return made;
}

// Each its own: chains are built by name.
std::string authorityName() {
    static std::atomic<int> count{0};
    return "Test authority " + std::to_string(++count);
}

template <class Write>
std::string toPem(Write write) {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    require(write(bio.get()) == 1, "PEM");
    const BUF_MEM* memory = nullptr;
    BIO_get_mem_ptr(bio.get(), &memory);
    return {memory->data, memory->length};
}

std::string certificatePem(X509* certificate) {
    return toPem([=](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string keyPem(EVP_PKEY* key) {
    return toPem([=](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

}  // namespace

TestAuthority::TestAuthority()
    : key_(newKey()), certificate_(newCertificate(authorityName(), key_.get(), 30)) {
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    addExtension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "sign");
    pem_ = certificatePem(certificate_.get());
}

CertificatePem TestAuthority::issue(const std::string& common_name,
                                    const std::string& alternative_names, int days) const {
    const auto key = newKey();
    const auto made = newCertificate(common_name, key.get(), days);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    if (!alternative_names.empty())
        addExtension(made.get(), certificate_.get(), NID_subject_alt_name, alternative_names);
    require(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0, "sign");
    return {certificatePem(made.get()), keyPem(key.get())};
}

CertificatePem TestAuthority::issueWeak(const std::string& common_name, Weakness weakness) const {
    const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(weakness == Weakness::ShortKey ? 1024 : 2048),
                                        EVP_PKEY_free);
    require(key != nullptr, "key");
    const auto made = newCertificate(common_name, key.get(), 30);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    const EVP_MD* const digest = weakness == Weakness::Sha1 ? EVP_sha1() : EVP_sha256();
    require(X509_sign(made.get(), key_.get(), digest) > 0, "sign");
    return {certificatePem(made.get()), keyPem(key.get())};
}

std::string encryptedKey(const std::string& pem, const std::string& password) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    require(key != nullptr, "key");
    return toPem([&](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), password.data(),
                                             static_cast<int>(password.size()), nullptr, nullptr);
    });
}

TemporaryFile::TemporaryFile(std::string_view content) {
    std::string name = (std::filesystem::temp_directory_path() / "postbell-test-XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    if (descriptor < 0) throw std::runtime_error("no temporary file");
    path_ = name;
    const auto written = ::write(descriptor, content.data(), content.size());
    ::close(descriptor);
    if (written != static_cast<ssize_t>(content.size()))
        throw std::runtime_error("no temporary file");
}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace postbell::test
