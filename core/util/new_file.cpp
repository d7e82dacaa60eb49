// SPDX-License-Identifier: Apache-2.0
#include "util/new_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postbell::util {
namespace {

bool giveToOwnerOfFolder(int made, const std::filesystem::path& file) {
    if (::geteuid() != 0) return true;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    struct stat owner {};
    if (::stat(folder.c_str(), &owner) != 0 || owner.st_uid == 0) return true;
    return ::fchown(made, owner.st_uid, owner.st_gid) == 0;
}

bool writeAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// errno stays that of the failure before.
void unlinkQuietly(const std::filesystem::path& file) {
    const int error = errno;
    ::unlink(file.c_str());
    errno = error;
}

}  // namespace

FileDescriptor newFile(const std::filesystem::path& file, mode_t mode) {
    FileDescriptor made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!made || giveToOwnerOfFolder(made.get(), file)) return made;
    unlinkQuietly(file);
    return {};
}

std::error_code writeNewFile(const std::filesystem::path& file, std::string_view text,
                             mode_t mode) {
    const FileDescriptor made = newFile(file, mode);
    if (!made) return {errno, std::generic_category()};
    // The mode was subject to the umask.
    if (::fchmod(made.get(), mode) == 0 && writeAll(made.get(), text) && ::fsync(made.get()) == 0)
        return {};
    const std::error_code error(errno, std::generic_category());
    unlinkQuietly(file);
    return error;
}

}  // namespace postbell::util
