// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with their owners, for plugins that link it.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace postbell::kit {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

using BioHandle = Handle<BIO, &BIO_free>;
using KeyHandle = Handle<EVP_PKEY, &EVP_PKEY_free>;
using CertificateHandle = Handle<X509, &X509_free>;
using DigestHandle = Handle<EVP_MD_CTX, &EVP_MD_CTX_free>;

/// Reads from `bytes`, which must outlive it and be smaller than 2 GiB.
inline BioHandle readerOf(std::string_view bytes) {
    return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// In place of OpenSSL's own, which asks at the terminal for the password of an encrypted key.
inline int noPassword(char*, int, int, void*) {
    return -1;
}

/// Leaves this thread's OpenSSL error queue as it was: the host's TLS on the same thread reads it.
class ErrorQueueGuard {
  public:
    ErrorQueueGuard() { ERR_set_mark(); }
    ~ErrorQueueGuard() { ERR_pop_to_mark(); }
    ErrorQueueGuard(const ErrorQueueGuard&) = delete;
    ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

}  // namespace postbell::kit
