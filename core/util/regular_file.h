// SPDX-License-Identifier: Apache-2.0
// Files that an admin names: small, and read whole.
#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "util/result.h"

namespace postbell::util {

struct FileContent {
    std::string bytes;
    struct stat status {};

    /// Root or the service's user owns it: nobody else could have put it there. Root itself, which
    /// runs commands for the service, takes the file of any user.
    bool ownerIsTrusted() const;
};

/// Neither waits (a pipe) nor goes on for ever (a device). The problem is the end of a sentence
/// that begins with the file: "is a folder, and no file".
Result<FileContent> readRegularFile(const std::filesystem::path& file, std::size_t max_bytes);

/// As chmod(1) takes it: "0640".
std::string octal(mode_t mode);

}  // namespace postbell::util
