// SPDX-License-Identifier: Apache-2.0
#include "util/read_as.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "util/file_descriptor.h"
#include "util/named_thread.h"

namespace postbell::util {
namespace {

constexpr int kMaxGroups = 1'024;

/// The first is the user's own. Empty: the machine does not know the user.
std::vector<gid_t> groupsOf(uid_t user) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
        return {};
    std::vector<gid_t> groups(kMaxGroups);
    int count = kMaxGroups;
    if (::getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0)
        return {found->pw_gid};
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace

bool isDenied(const std::filesystem::path& file, uid_t user) {
    const std::vector<gid_t> groups = groupsOf(user);
    bool denied = false;
    // Linux keeps these rights for each thread: the thread alone gives them up, and ends.
    startThread("as-user", [&] {
        if (::syscall(SYS_setgroups, groups.size(), groups.data()) != 0) return;
        ::setfsgid(groups.empty() ? user : groups.front());
        ::setfsuid(user);
        const FileDescriptor opened(
            ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        denied = !opened && errno == EACCES;
    }).join();
    return denied;
}

}  // namespace postbell::util
