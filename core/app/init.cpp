// SPDX-License-Identifier: Apache-2.0
#include "app/init.h"

#include <nlohmann/json.hpp>

#include <openssl/pem.h>

#include <stdexcept>
#include <string>
#include <system_error>

#include "app/absolute_path.h"
#include "app/plugin_directory.h"
#include "store/seal/master_key.h"
#include "util/new_file.h"
#include "util/openssl.h"

namespace postbell::app {
namespace {

constexpr long kCertificateDays = 90;

using util::OpenSslPtr;

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

void writeNew(const std::filesystem::path& file, const std::string& text, mode_t mode) {
    if (const std::error_code error = util::writeNewFile(file, text, mode))
        throw std::runtime_error(file.string() + " cannot be made: " + error.message());
}

std::string content(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

void addExtension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const OpenSslPtr<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    require(extension != nullptr, "make a certificate extension");
    X509_add_ext(certificate, extension.get(), -1);
}

/// A self-signed certificate for this machine only.
void makeCertificate(const std::filesystem::path& certificate_file,
                     const std::filesystem::path& key_file) {
    const OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make a key");
    const OpenSslPtr<X509> certificate(X509_new());
    X509* c = certificate.get();
    X509_set_version(c, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), kCertificateDays * 24 * 3600);
    X509_set_pubkey(c, key.get());
    X509_NAME* name = X509_get_subject_name(c);
    const std::string common = "localhost";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common.data()),
                               static_cast<int>(common.size()), -1, 0);
    X509_set_issuer_name(c, name);
    addExtension(c, NID_basic_constraints, "critical,CA:TRUE");
    addExtension(c, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    require(X509_sign(c, key.get(), EVP_sha256()) > 0, "sign the certificate");

    const OpenSslPtr<BIO> key_text(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1,
            "write the key");
    const OpenSslPtr<BIO> certificate_text(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(certificate_text.get(), c) == 1, "write the certificate");
    writeNew(key_file, content(key_text.get()), 0600);
    writeNew(certificate_file, content(certificate_text.get()), 0644);
}

std::string configText(const std::filesystem::path& directory) {
    const std::string at = directory.string();
    return R"(# Postbell, for trying on this machine. docs/administration.md has all other settings.

[gateway]
region = "local"

[listener.registration]                 # devices
address = "127.0.0.1:8443"
public_url = "https://localhost:8443"
tls_certificate = ")" +
           at + R"(/tls.pem"
tls_key = ")" +
           at + R"(/tls.key"

[listener.mailbox]                      # mail servers
address = "127.0.0.1:8444"
public_url = "https://localhost:8444"
tls_certificate = ")" +
           at + R"(/tls.pem"
tls_key = ")" +
           at + R"(/tls.key"

[listener.admin]                        # admin API, /metrics, /healthz, /readyz
address = "127.0.0.1:8445"

[store]
url = "sqlite://)" +
           at + R"(/postbell.db"

[secrets]
master_key_file = ")" +
           at + R"(/master.key"

[plugins]
directory = ")" +
           pluginDirectory().string() + R"("

[[backend]]
instance = "ews"
plugin = "ews"
enabled = true

[[provider]]
instance = "apns"
plugin = "apns"
enabled = true
)";
}

}  // namespace

nlohmann::json init(const std::filesystem::path& directory) {
    const std::filesystem::path at = absolutePath(directory.string());
    std::error_code error;
    if (std::filesystem::exists(at, error)) {
        if (!std::filesystem::is_directory(at, error))
            throw std::runtime_error(at.string() + " is there already, and is no folder");
        if (!std::filesystem::is_empty(at, error) && !error)
            throw std::runtime_error(at.string() + " is there already and not empty");
    }
    if (error) throw std::runtime_error(at.string() + " cannot be used: " + error.message());
    std::filesystem::create_directories(at);
    std::filesystem::permissions(at, std::filesystem::perms::owner_all);
    store::MasterKey::create(at / "master.key");
    makeCertificate(at / "tls.pem", at / "tls.key");
    writeNew(at / "postbell.toml", configText(at), 0600);
    return {{"config", (at / "postbell.toml").string()},
            {"next", "postbell serve --config " + (at / "postbell.toml").string()}};
}

}  // namespace postbell::app
