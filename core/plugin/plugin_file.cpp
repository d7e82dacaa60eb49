// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "plugin/plugin_error.h"
#include "util/regular_file.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxFileBytes = 256u << 20;

std::string userName(uid_t user) {
    std::array<char, 4096> buffer;
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.pw_name;
    return "user " + std::to_string(user);
}

struct stat statusOf(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw PluginError(path.string() + " cannot be read: " + std::strerror(errno));
    return status;
}

void requireTrustedOne(const std::filesystem::path& path, const char* what,
                       const struct stat& status) {
    const uid_t self = ::geteuid();
    const std::string subject = path.string() + " (" + what + ", owner " + userName(status.st_uid) +
                                ", mode " + util::octal(status.st_mode) + ")";
    if (status.st_uid != 0 && status.st_uid != self) {
        std::string owners = "root";
        if (self != 0) owners += " nor " + userName(self);
        throw PluginError(subject + " is refused: " + (self != 0 ? "neither " : "not ") + owners +
                          " owns it, so another user could change what the gateway runs. "
                          "`chown root " +
                          path.string() + "` mends it");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw PluginError(subject +
                          " is refused: its group or others may write it, and so change what the "
                          "gateway runs. `chmod go-w " +
                          path.string() + "` mends it");
}

std::filesystem::path realPath(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::path real = std::filesystem::canonical(path, error);
    if (error) throw PluginError(path.string() + " cannot be read: " + error.message());
    return real;
}

PluginError unreadable(const std::filesystem::path& path) {
    return PluginError(path.string() + " cannot be read: " + std::strerror(errno));
}

}  // namespace

PluginFile::PluginFile(const std::filesystem::path& path)
    : path_(realPath(path)),
      // O_NONBLOCK: a pipe is opened without a writer, and refused.
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    struct stat status {};
    if (!descriptor_ || ::fstat(descriptor_.get(), &status) != 0) throw unreadable(path_);
    if (!S_ISREG(status.st_mode)) throw PluginError(path_.string() + " is no file");
}

PluginFile PluginFile::openTrusted(const std::filesystem::path& path) {
    PluginFile file(path);
    struct stat status {};
    if (::fstat(file.descriptor_.get(), &status) != 0) throw unreadable(file.path_);
    requireTrustedOne(file.path_, "a plugin", status);
    const std::filesystem::path folder = file.path_.parent_path();
    requireTrustedOne(folder, "a plugin's folder", statusOf(folder));
    // A user who may write a link's folder can exchange the link.
    const std::filesystem::path link_folder = std::filesystem::absolute(path).parent_path();
    if (link_folder != folder)
        requireTrustedOne(link_folder, "the plugins' folder", statusOf(link_folder));
    return file;
}

std::string PluginFile::content() const {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) throw unreadable(path_);
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > kMaxFileBytes)
        throw PluginError(path_.string() + " is refused: it is larger than 256 MiB");
    std::string content(size, '\0');
    std::size_t had = 0;
    while (had < size) {
        const ssize_t got =
            ::pread(descriptor_.get(), content.data() + had, size - had, static_cast<off_t>(had));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw unreadable(path_);
        if (got == 0) break;
        had += static_cast<std::size_t>(got);
    }
    content.resize(had);
    return content;
}

std::string PluginFile::loaderPath() const {
    const int kept = ::fcntl(descriptor_.get(), F_DUPFD_CLOEXEC, 0);
    if (kept < 0) throw unreadable(path_);
    std::string path = "/proc/self/fd/" + std::to_string(kept);
    if (::access(path.c_str(), F_OK) == 0) return path;
    ::close(kept);
    throw PluginError(path_.string() +
                      " cannot be loaded: a plugin is loaded from the file that was checked, "
                      "through /proc/self/fd, and /proc is not mounted");
}

}  // namespace postbell::plugin
