// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

namespace postbell::plugin {

/// The message is a sentence for the admin that names the file.
class SecretFileError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The content of a file with a secret: at most 64 KiB, owned by root or the service's user, and
/// readable by nobody else. Throws SecretFileError.
std::string readSecretFile(const std::filesystem::path& file);

}  // namespace postbell::plugin
