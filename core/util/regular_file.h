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
};

/// Neither waits (a pipe) nor goes on for ever (a device). The problem is the end of a sentence
/// that begins with the file: "is a folder, and no file". With a problem errno is the system's
/// error, or 0 if the file itself is the problem.
Result<FileContent> readRegularFile(const std::filesystem::path& file, std::size_t max_bytes);

/// What a file is instead of a regular one, as the end of such a sentence; empty: it is regular.
std::string irregularity(const struct stat& status);

/// Whether a system's error says nothing of the file: descriptors or memory are short, or the disk
/// fails to read.
bool isOfTheMoment(int error);

/// As chmod(1) takes it: "0640".
std::string octal(mode_t mode);

}  // namespace postbell::util
