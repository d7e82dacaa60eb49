// SPDX-License-Identifier: Apache-2.0
#include "util/file_acl.h"

#include <cstddef>
#include <cstring>

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

namespace postbell::util {

bool aclAdmitsOnly(const std::filesystem::path& file, uid_t user) {
    constexpr std::size_t kMaxEntries = 32;
    unsigned char
        list[sizeof(posix_acl_xattr_header) + kMaxEntries * sizeof(posix_acl_xattr_entry)];
    const ssize_t size = ::getxattr(file.c_str(), "system.posix_acl_access", list, sizeof list);
    if (size < static_cast<ssize_t>(sizeof(posix_acl_xattr_header))) return false;
    const auto entries = (static_cast<std::size_t>(size) - sizeof(posix_acl_xattr_header)) /
                         sizeof(posix_acl_xattr_entry);
    for (std::size_t i = 0; i < entries; ++i) {
        posix_acl_xattr_entry entry{};
        std::memcpy(&entry, list + sizeof(posix_acl_xattr_header) + i * sizeof entry, sizeof entry);
        const bool empty = entry.e_perm == 0;
        if (entry.e_tag == ACL_USER && entry.e_id != user && entry.e_id != 0 && !empty)
            return false;
        const bool others =
            entry.e_tag == ACL_GROUP_OBJ || entry.e_tag == ACL_GROUP || entry.e_tag == ACL_OTHER;
        if (others && !empty) return false;
    }
    return true;
}

}  // namespace postbell::util
