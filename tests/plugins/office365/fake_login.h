// SPDX-License-Identifier: Apache-2.0
// A login that signs tokens and publishes its key. Shares no code with the plugin.
#pragma once
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace postbell::test {

std::string base64Url(std::string_view bytes);

class FakeLogin {
  public:
    explicit FakeLogin(std::string key_id = "key-1", unsigned bits = 2048);

    /// {"keys": [...]}
    std::string keys() const;
    /// RS256 with this key, unless `header` says otherwise; the signature is this key's in any
    /// case.
    std::string sign(const nlohmann::json& claims, const nlohmann::json& header = {}) const;
    /// HS256 with the public modulus as the key: what a verifier that lets tokens choose would
    /// take.
    std::string signWithPublicKey(const nlohmann::json& claims) const;

  private:
    std::string number(const char* name) const;

    std::string key_id_;
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace postbell::test
