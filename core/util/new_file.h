// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>
#include <system_error>

#include <sys/types.h>

#include "util/file_descriptor.h"

namespace postbell::util {

/// Makes a file that must not be there yet, to read and write; none, and errno, as open(2). Made by
/// root, it is given to the owner of its folder: a command that root runs before the service's
/// first start must leave nothing that the service cannot open.
FileDescriptor newFile(const std::filesystem::path& file, mode_t mode);

/// Makes a new file, as above, with this text, on disk when this returns. A failure half way, as on
/// a full disk, leaves no file: half a text would be taken for a whole one the next time.
/// std::errc::file_exists: it is there already.
[[nodiscard]] std::error_code writeNewFile(const std::filesystem::path& file, std::string_view text,
                                           mode_t mode);

}  // namespace postbell::util
