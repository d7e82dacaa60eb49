// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include <sys/types.h>

namespace postbell::util {

/// Makes a file that must not be there yet; a descriptor to read and write, or -1 and errno, as
/// open(2). Made by root, it is given to the owner of its folder: a command that root runs before
/// the service's first start must leave nothing that the service cannot open.
int newFile(const std::filesystem::path& file, mode_t mode);

}  // namespace postbell::util
