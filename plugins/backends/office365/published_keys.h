// SPDX-License-Identifier: Apache-2.0
// The keys with which a tenant's login signs, as last fetched.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "signed_token.h"

namespace postbell::office365 {

/// Thread-safe.
class PublishedKeys {
  public:
    struct Found {
        PublicKey key;       ///< null: none of that id
        std::string issuer;  ///< as the login names itself
        bool fresh = false;  ///< fetched so lately that another fetch would find nothing else
    };
    Found find(const std::string& key_id, std::int64_t now_ms) const;
    void set(std::map<std::string, PublicKey> keys, std::string issuer, std::int64_t now_ms);

  private:
    mutable std::mutex mutex_;
    std::map<std::string, PublicKey> keys_;
    std::string issuer_;
    std::int64_t fetched_ms_ = 0;
};

}  // namespace postbell::office365
