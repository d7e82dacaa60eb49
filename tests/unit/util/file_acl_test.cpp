// SPDX-License-Identifier: Apache-2.0
#include "util/file_acl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/access_list.h"

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

    const std::filesystem::path& name() const { return name_; }

  private:
    std::filesystem::path name_;
};

}  // namespace

TEST_CASE("a list that admits the service alone is told from group bits of the mode", "[util]") {
    const Listed file;
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService));
    if (!testing::admitService(file.name(), kService)) {
        WARN("the file system of temporary files has no access control lists");
        return;
    }
    struct stat status {};
    REQUIRE(::stat(file.name().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0440);
    CHECK(util::aclAdmitsOnly(file.name(), kService));
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService + 1));
    CHECK_FALSE(util::aclAdmitsOnly("/nonexistent", kService));

    REQUIRE(testing::setAccessList(file.name(), {{ACL_USER_OBJ, kRead, testing::kNobody},
                                                 {ACL_USER, kRead, kService},
                                                 {ACL_GROUP_OBJ, kRead, testing::kNobody},
                                                 {ACL_MASK, kRead, testing::kNobody},
                                                 {ACL_OTHER, 0, testing::kNobody}}));
    CHECK_FALSE(util::aclAdmitsOnly(file.name(), kService));
}
