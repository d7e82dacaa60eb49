// SPDX-License-Identifier: Apache-2.0
#include "plugin/file_trust.h"

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
                          " owns it, so somebody else could change what the gateway runs. "
                          "`chown root " +
                          path.string() + "` mends it");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw PluginError(subject +
                          " is refused: its group or others may write it, and so change what the "
                          "gateway runs. `chmod go-w " +
                          path.string() + "` mends it");
}

}  // namespace

std::filesystem::path requireTrusted(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::path real = std::filesystem::canonical(path, error);
    if (error) throw PluginError(path.string() + " cannot be read: " + error.message());
    const struct stat status = statusOf(real);
    if (!S_ISREG(status.st_mode)) throw PluginError(real.string() + " is no file");
    requireTrustedOne(real, "a plugin", status);
    const std::filesystem::path folder = real.parent_path();
    requireTrustedOne(folder, "a plugin's folder", statusOf(folder));
    // A user who may write a link's folder can exchange the link.
    const std::filesystem::path link_folder = std::filesystem::absolute(path).parent_path();
    if (link_folder != folder)
        requireTrustedOne(link_folder, "the plugins' folder", statusOf(link_folder));
    return real;
}

}  // namespace postbell::plugin
