// SPDX-License-Identifier: Apache-2.0
#include "util/file_acl.h"

#include <initializer_list>

#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace postbell;

namespace {

constexpr uid_t kService = 4711;
constexpr std::uint16_t kRead = ACL_READ;

/// A file of mode 0400 with a list.
class Listed {
  public:
    Listed() {
        name_ = std::filesystem::temp_directory_path() / "postbell_acl.XXXXXX";
        std::string text = name_.string();
        ::close(::mkstemp(text.data()));
        name_ = text;
        ::chmod(name_.c_str(), 0400);
    }
    ~Listed() { ::unlink(name_.c_str()); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

    /// False: the file system has no lists.
    bool set(std::initializer_list<posix_acl_xattr_entry> entries) const {
        std::string bytes(4, '\0');
        bytes[0] = POSIX_ACL_XATTR_VERSION;
        for (const posix_acl_xattr_entry& entry : entries)
            bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
        return ::setxattr(name_.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(),
                          0) == 0;
    }
    const std::filesystem::path& name() const { return name_; }

  private:
    std::filesystem::path name_;
};

constexpr auto kNobody = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);

}  // namespace

TEST_CASE("a list that admits the service alone is told from group bits of the mode", "[util]") {
    const Listed file;
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService));
    // As systemd makes it.
    const bool lists = file.set({{ACL_USER_OBJ, kRead, kNobody},
                                 {ACL_USER, kRead, kService},
                                 {ACL_GROUP_OBJ, 0, kNobody},
                                 {ACL_MASK, kRead, kNobody},
                                 {ACL_OTHER, 0, kNobody}});
    if (!lists) {
        WARN("the file system of temporary files has no access control lists");
        return;
    }
    struct stat status {};
    REQUIRE(::stat(file.name().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0440);
    CHECK(util::aclAdmitsOnly(file.name(), kService));
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService + 1));
    CHECK_FALSE(util::aclAdmitsOnly("/nonexistent", kService));

    REQUIRE(file.set({{ACL_USER_OBJ, kRead, kNobody},
                      {ACL_USER, kRead, kService},
                      {ACL_GROUP_OBJ, kRead, kNobody},
                      {ACL_MASK, kRead, kNobody},
                      {ACL_OTHER, 0, kNobody}}));
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService));
}
