// SPDX-License-Identifier: Apache-2.0
#include "net/server_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "net/tls_context.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "util/openssl.h"
#include "util/printable.h"
#include "util/rfc3339.h"
#include "util/trust_file.h"

namespace postbell::net {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
/// The least that a client's library accepts at today's usual level (OpenSSL's and NSS's 2048).
constexpr int kMinRsaBits = 2048;

std::string nameOf(const X509_NAME* name) {
    const util::OpenSslPtr<BIO> text(BIO_new(BIO_s_mem()));
    if (!text ||
        X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return "?";
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return util::printable({bytes, static_cast<std::size_t>(size)}, kMaxNameBytes);
}

util::WallTime timeOf(const ASN1_TIME* from) {
    std::tm time{};
    if (ASN1_TIME_to_tm(from, &time) != 1) return {};
    return util::WallTime(std::chrono::seconds(::timegm(&time)));
}

/// As clients see it: names are in subjectAltName, and the subject's common name means nothing
/// (RFC 9525, 2).
bool hasAlternativeNames(X509* leaf) {
    const util::OpenSslPtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
    return names != nullptr;
}

bool names(X509* leaf, const std::string& host) {
    if (X509_check_ip_asc(leaf, host.c_str(), 0) == 1) return true;
    return X509_check_host(leaf, host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                           nullptr) == 1;
}

/// As DER.
std::string encoded(X509* certificate) {
    std::string bytes(static_cast<std::size_t>(std::max(0, i2d_X509(certificate, nullptr))), '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    if (!bytes.empty()) i2d_X509(certificate, &out);
    return bytes;
}

class Inspection {
  public:
    Inspection(SSL_CTX* context, std::string file, util::WallTime now)
        : leaf_(SSL_CTX_get0_certificate(context)), file_(std::move(file)), now_(now) {
        SSL_CTX_get_extra_chain_certs(context, &others_);
        if (others_ == nullptr || sk_X509_num(others_) == 0)
            SSL_CTX_get0_chain_certs(context, &others_);
    }

    ServerCertificate run(const std::string& host, const std::string& ca_file) {
        found_.begins = timeOf(X509_get0_notBefore(leaf_));
        found_.expires = timeOf(X509_get0_notAfter(leaf_));
        found_.fingerprint = fingerprint();
        dates(leaf_, "the certificate");
        if (host.empty()) return finish(ca_file);
        if (!hasAlternativeNames(leaf_))
            fault("has no subjectAltName: clients look for the host's name there alone");
        else if (!names(leaf_, host))
            fault("does not name " + util::printable(host, kMaxNameBytes) +
                  ", the host of public_url");
        return finish(ca_file);
    }

  private:
    ServerCertificate finish(const std::string& ca_file) {
        // Without the extension every use is allowed.
        if ((X509_get_extension_flags(leaf_) & EXFLAG_XKUSAGE) != 0 &&
            (X509_get_extended_key_usage(leaf_) & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0)
            fault("is not for servers: its extended key usage lacks serverAuth");
        EVP_PKEY* const key = X509_get0_pubkey(leaf_);
        if (key != nullptr && EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
            EVP_PKEY_bits(key) < kMinRsaBits)
            fault("has an RSA key of " + std::to_string(EVP_PKEY_bits(key)) +
                  " bits, and clients ask for 2048");
        chain(ca_file);
        ERR_clear_error();
        return std::move(found_);
    }

    std::string fingerprint() const {
        std::string bytes = encoded(leaf_);
        for (int i = 0; others_ != nullptr && i < sk_X509_num(others_); ++i)
            bytes += encoded(sk_X509_value(others_, i));
        return util::hexEncode(util::sha256(bytes));
    }

    void fault(const std::string& clause) { found_.faults.push_back(file_ + " " + clause); }
    void doubt(const std::string& clause) { found_.doubts.push_back(file_ + " " + clause); }

    void dates(X509* certificate, const std::string& which) {
        const util::WallTime from = timeOf(X509_get0_notBefore(certificate));
        const util::WallTime until = timeOf(X509_get0_notAfter(certificate));
        if (until < now_)
            fault("holds " + which + ", which expired at " + util::formatRfc3339(until));
        if (from > now_)
            fault("holds " + which + ", which is valid only from " + util::formatRfc3339(from) +
                  " on (or this machine's clock is wrong)");
    }

    /// The certificate in the file that issued `issued`; null: there is none.
    X509* issuerInFile(X509* issued) const {
        for (int i = 0; others_ != nullptr && i < sk_X509_num(others_); ++i)
            if (X509* const each = sk_X509_value(others_, i);
                X509_check_issued(each, issued) == X509_V_OK)
                return each;
        return nullptr;
    }

    /// From the leaf to the file's last certificate, whose issuer clients must know.
    void chain(const std::string& ca_file) {
        X509* last = leaf_;
        // No longer than the file, even if certificates issue one another.
        for (int i = 0; i <= (others_ == nullptr ? 0 : sk_X509_num(others_)); ++i) {
            if (X509_check_issued(last, last) == X509_V_OK) {
                if (last == leaf_)
                    doubt("is self-signed: clients refuse it unless they are told to trust it");
                return;
            }
            X509* const issuer = issuerInFile(last);
            if (issuer == nullptr) break;
            dates(issuer,
                  "the intermediate certificate \"" + nameOf(X509_get_subject_name(issuer)) + "\"");
            last = issuer;
        }
        if (issuerIsTrusted(last, ca_file)) return;
        doubt(std::string(last == leaf_ ? "holds the certificate alone"
                                        : "holds an incomplete chain") +
              ": the issuer \"" + nameOf(X509_get_issuer_name(last)) +
              "\" is neither in it nor among the roots that this machine trusts, and mail servers "
              "and "
              "phones refuse it unless they know that issuer. Put the intermediate certificates "
              "behind the certificate (certbot: fullchain.pem, not cert.pem)");
    }

    static bool issuerIsTrusted(X509* issued, const std::string& ca_file) {
        const util::OpenSslPtr<X509_STORE> store(X509_STORE_new());
        if (!store) return false;
        X509_STORE_set_default_paths(store.get());
        if (!ca_file.empty()) util::trustFile(*store, ca_file);
        const util::OpenSslPtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
        if (!context || X509_STORE_CTX_init(context.get(), store.get(), issued, nullptr) != 1)
            return false;
        X509* found = nullptr;
        const bool trusted = X509_STORE_CTX_get1_issuer(&found, context.get(), issued) == 1;
        const util::OpenSslPtr<X509> kept(found);
        return trusted;
    }

    X509* const leaf_;
    STACK_OF(X509) * others_ = nullptr;
    const std::string file_;
    const util::WallTime now_;
    ServerCertificate found_;
};

}  // namespace

ServerCertificate inspectServerCertificate(const std::string& certificate_file,
                                           const std::string& key_file, const std::string& host,
                                           const std::string& ca_file, util::WallTime now) {
    const auto context = loadTlsContext(certificate_file, key_file);
    return inspectServerCertificate(context->sslContext(), certificate_file, host, ca_file, now);
}

ServerCertificate inspectServerCertificate(SSL_CTX* context, const std::string& certificate_file,
                                           const std::string& host, const std::string& ca_file,
                                           util::WallTime now) {
    return Inspection(context, certificate_file, now).run(host, ca_file);
}

}  // namespace postbell::net
