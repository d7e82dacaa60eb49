// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include <sys/types.h>

namespace postbell::util {

/// Whether the file has an access control list that admits only its owner, root and `user`. The
/// group bits of such a file's mode are the list's mask, and say nothing of its group (acl(5)):
/// systemd from version 254 on hands out credentials so, as 0440. False as well if the list cannot
/// be read.
bool aclAdmitsOnly(const std::filesystem::path& file, uid_t user);

}  // namespace postbell::util
