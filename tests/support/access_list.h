// SPDX-License-Identifier: Apache-2.0
// Access control lists of files (acl(5)).
#pragma once
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>

namespace postbell::testing {

constexpr auto kNobody = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);

/// False: the file system has no lists.
inline bool setAccessList(const std::filesystem::path& file,
                          std::initializer_list<posix_acl_xattr_entry> entries) {
    std::string bytes(4, '\0');
    bytes[0] = POSIX_ACL_XATTR_VERSION;
    for (const posix_acl_xattr_entry& entry : entries)
        bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
    return ::setxattr(file.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(), 0) == 0;
}

/// Lets the owner and `service` read, as systemd's LoadCredential= does: the mode is then 0440.
/// False: as above.
inline bool admitService(const std::filesystem::path& file, std::uint32_t service) {
    return setAccessList(file, {{ACL_USER_OBJ, ACL_READ, kNobody},
                                {ACL_USER, ACL_READ, service},
                                {ACL_GROUP_OBJ, 0, kNobody},
                                {ACL_MASK, ACL_READ, kNobody},
                                {ACL_OTHER, 0, kNobody}});
}

}  // namespace postbell::testing
