// SPDX-License-Identifier: Apache-2.0
#include "util/trust_file.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "util/openssl.h"
#include "util/regular_file.h"

namespace postbell::util {
namespace {

// All roots that Mozilla knows have 220 kB.
constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;

}  // namespace

TrustedFile trustFile(X509_STORE& store, const std::string& file) {
    const auto read = readRegularFile(file, kMaxBytes);
    if (!read) return {read.problem()};
    const OpenSslPtr<BIO> reader(
        BIO_new_mem_buf(read->bytes.data(), static_cast<int>(read->bytes.size())));
    const OpenSslPtr<STACK_OF(X509_INFO)> infos(
        reader ? PEM_X509_INFO_read_bio(reader.get(), nullptr, nullptr, nullptr) : nullptr);
    ERR_clear_error();
    if (!infos) return {"holds something that is no certificate in PEM form"};
    bool any = false;
    TrustedFile trusted;
    for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
        const X509_INFO* const info = sk_X509_INFO_value(infos.get(), i);
        if (info->crl != nullptr) X509_STORE_add_crl(&store, info->crl);
        if (info->x509 == nullptr) continue;
        const bool has_key = X509_get0_pubkey(info->x509) != nullptr;
        trusted.unread_keys += has_key ? 0 : 1;
        any |= has_key && X509_STORE_add_cert(&store, info->x509) == 1;
    }
    ERR_clear_error();
    if (!any)
        trusted.problem = trusted.unread_keys == 0
                              ? "holds no certificate in PEM form"
                              : "holds no certificate whose public key can be read";
    return trusted;
}

}  // namespace postbell::util
