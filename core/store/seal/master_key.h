// SPDX-License-Identifier: Apache-2.0
// The key that seals the secrets in the database. The key itself is never there.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "util/trusted_owners.h"

namespace postbell::store {

/// The master key cannot be used. The message is for the admin and never holds the key.
class MasterKeyError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// 32 bytes, with the place that they came from. Immutable.
class MasterKey {
  public:
    /// From a file that holds 32 bytes in base64, has mode 0600 or 0400, and belongs to one of
    /// `owners`.
    static MasterKey read(const std::filesystem::path& file, util::TrustedOwners owners = {});
    /// From a text, say an environment variable's; `source` names it in messages.
    static MasterKey parse(std::string_view text, std::string_view source);
    /// A new random key, written to a new file with mode 0600. An existing file is never
    /// overwritten.
    static MasterKey create(const std::filesystem::path& file);

    const std::string& bytes() const { return bytes_; }
    const std::string& source() const { return source_; }
    /// The same for the same key, and no help in finding it.
    std::string fingerprint() const;

  private:
    MasterKey(std::string bytes, std::string_view source)
        : bytes_(std::move(bytes)), source_(source) {}

    std::string bytes_;
    std::string source_;
};

}  // namespace postbell::store
