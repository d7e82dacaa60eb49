// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "openssl_handles.h"

namespace postbell::apns {

/// Where to look for ciphers such as RC2-40 and DES, with which Keychain Access and old tools
/// encrypt.
enum class OldCiphers { Load, Leave };

/// A library context of OpenSSL with the default and, if there is one, the legacy provider, so that
/// the process's own context goes on without old ciphers.
class LibraryContext {
  public:
    explicit LibraryContext(OldCiphers old_ciphers)
        : context_(OSSL_LIB_CTX_new()), default_(OSSL_PROVIDER_load(context_.get(), "default")) {
        if (old_ciphers == OldCiphers::Load)
            legacy_.reset(OSSL_PROVIDER_load(context_.get(), "legacy"));
    }
    OSSL_LIB_CTX* get() const { return context_.get(); }
    bool hasOldCiphers() const { return legacy_ != nullptr; }

  private:
    using Provider = Handle<OSSL_PROVIDER, &OSSL_PROVIDER_unload>;
    Handle<OSSL_LIB_CTX, &OSSL_LIB_CTX_free> context_;
    Provider default_;
    Provider legacy_;
};

}  // namespace postbell::apns
