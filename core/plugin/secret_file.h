// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "util/trusted_owners.h"

namespace postbell::plugin {

/// The message is a sentence for the admin that names the file.
class SecretFileError : public std::runtime_error {
  public:
    SecretFileError(const std::string& sentence, bool of_the_moment)
        : std::runtime_error(sentence), of_the_moment_(of_the_moment) {}
    /// The machine cannot read the file now: nothing is known of the file itself.
    bool isOfTheMoment() const { return of_the_moment_; }

  private:
    bool of_the_moment_;
};

/// The content of a file with a secret: at most 64 KiB, owned by one of `owners`, and readable by
/// no other user. Throws SecretFileError.
std::string readSecretFile(const std::filesystem::path& file, util::TrustedOwners owners);

}  // namespace postbell::plugin
