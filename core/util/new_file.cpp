// SPDX-License-Identifier: Apache-2.0
#include "util/new_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postbell::util {

int newFile(const std::filesystem::path& file, mode_t mode) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (made < 0 || ::geteuid() != 0) return made;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    struct stat owner {};
    if (::stat(folder.c_str(), &owner) != 0 || owner.st_uid == 0) return made;
    if (::fchown(made, owner.st_uid, owner.st_gid) == 0) return made;
    const int error = errno;
    ::unlink(file.c_str());
    ::close(made);
    errno = error;
    return -1;
}

}  // namespace postbell::util
