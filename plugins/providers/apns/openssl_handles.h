// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with their owners.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace postbell::apns {

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

/// Reads from `bytes`, which must outlive it. `bytes` is at most kMaxFileBytes here, so that the
/// cast holds.
inline BioHandle readerOf(std::string_view bytes) {
    return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// Leaves this thread's OpenSSL error queue as it was: the host's TLS on the same thread reads it.
class ErrorQueueGuard {
  public:
    ErrorQueueGuard() { ERR_set_mark(); }
    ~ErrorQueueGuard() { ERR_pop_to_mark(); }
    ErrorQueueGuard(const ErrorQueueGuard&) = delete;
    ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

}  // namespace postbell::apns
