// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <filesystem>

namespace postbell::util {

/// Whether the user is denied the file, or a folder on the way to it. For root, who alone can try
/// as another; false where that is not allowed, and where the file cannot be opened for another
/// reason.
bool isDenied(const std::filesystem::path& file, uid_t user);

}  // namespace postbell::util
