// SPDX-License-Identifier: Apache-2.0
#include "certificates.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>

#include "openssl_ptr.h"

namespace http2_simulator {

namespace {

constexpr long kDay = 24L * 60 * 60;

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("cannot make the TLS certificate: ") + what);
}

void addExtension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

X509Ptr newCertificate(EVP_PKEY* key, const char* common_name, long from, long to) {
    X509Ptr certificate(X509_new());
    require(certificate != nullptr, "out of memory");
    X509_set_version(certificate.get(), 2);
    // A serial number of its own: clients that keep an older CA of the same name are not confused.
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
    return certificate;
}

void writePem(const std::string& file, X509* certificate) {
    const BioPtr bio(BIO_new_file(file.c_str(), "w"));
    require(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, file.c_str());
}

void writePem(const std::string& file, EVP_PKEY* key) {
    const BioPtr bio(BIO_new_file(file.c_str(), "w"));
    require(bio && ::chmod(file.c_str(), 0600) == 0 &&
                PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                              nullptr) == 1,
            file.c_str());
}

}  // namespace

ServerCertificate makeServerCertificate(const std::string& directory, int days) {
    std::filesystem::create_directories(directory);
    const EvpPkeyPtr ca_key(EVP_EC_gen("P-256"));
    const EvpPkeyPtr key(EVP_EC_gen("P-256"));
    require(ca_key && key, "key generation");

    const X509Ptr ca = newCertificate(ca_key.get(), "push simulator CA", -3651 * kDay, 3650 * kDay);
    X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
    addExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
    addExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    addExtension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    require(X509_sign(ca.get(), ca_key.get(), EVP_sha256()) != 0, "signature");

    const long until = days * kDay;
    const X509Ptr leaf =
        newCertificate(key.get(), "localhost", std::min(-kDay, until - kDay), until);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
    addExtension(leaf.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
    addExtension(leaf.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
    addExtension(leaf.get(), ca.get(), NID_ext_key_usage, "serverAuth");
    addExtension(leaf.get(), ca.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    addExtension(leaf.get(), ca.get(), NID_authority_key_identifier, "keyid");
    require(X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) != 0, "signature");

    const ServerCertificate files{directory + "/certificate.pem", directory + "/key.pem",
                                  directory + "/ca.pem"};
    writePem(files.ca_file, ca.get());
    writePem(files.certificate_file, leaf.get());
    writePem(files.key_file, key.get());
    return files;
}

}  // namespace http2_simulator
