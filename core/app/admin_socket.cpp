// SPDX-License-Identifier: Apache-2.0
#include "app/admin_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "app/open_store.h"

namespace postbell::app {
namespace {

constexpr int kBacklog = 128;
constexpr mode_t kMode = 0600;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw std::runtime_error("the admin socket " + file.string() + " " + why);
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    refuse(file, std::string("cannot be made: ") + std::strerror(errno));
}

util::FileDescriptor openFolder(const std::filesystem::path& file) {
    util::FileDescriptor folder(
        ::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) fail(file);
    return folder;
}

}  // namespace

std::filesystem::path adminSocketFile(const config::Config& config) {
    std::filesystem::path file = storePlace(config)->gatewayFiles();
    std::error_code error;
    const std::filesystem::path real = std::filesystem::weakly_canonical(file, error);
    if (!error) file = real;
    return file.concat(".admin");
}

AdminSocket::AdminSocket(std::filesystem::path file)
    : file_(std::move(file)), folder_(openFolder(file_)) {
    removeLeftover();
    util::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // Before bind(), which makes the file with this mode: at no time may another user connect.
    if (!socket || ::fchmod(socket.get(), kMode) != 0) fail(file_);
    bindTo(socket.get());
    struct stat made {};
    if (::fstatat(folder_.get(), file_.filename().c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0)
        fail(file_);
    device_ = made.st_dev;
    inode_ = made.st_ino;
    giveToFolderOwner();
    if (::listen(socket.get(), kBacklog) != 0) fail(file_);
    listening_ = std::move(socket);
}

AdminSocket::~AdminSocket() {
    struct stat there {};
    const std::string name = file_.filename();
    if (::fstatat(folder_.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_dev == device_ && there.st_ino == inode_)
        ::unlinkat(folder_.get(), name.c_str(), 0);
}

void AdminSocket::removeLeftover() const {
    const std::string name = file_.filename();
    struct stat there {
    }, folder{};
    if (::fstatat(folder_.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return;
        fail(file_);
    }
    if (S_ISLNK(there.st_mode))
        refuse(file_, "cannot be made: a symbolic link has its place. Remove it");
    if (!S_ISSOCK(there.st_mode))
        refuse(file_, "cannot be made: a file that is no socket has its place. Remove it");
    const bool ours = there.st_uid == 0 || there.st_uid == ::geteuid() ||
                      (::fstat(folder_.get(), &folder) == 0 && there.st_uid == folder.st_uid);
    if (!ours)
        refuse(file_, "cannot be made: a socket of user id " + std::to_string(there.st_uid) +
                          " has its place. Remove it");
    if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT) fail(file_);
}

/// By the folder's descriptor, since an address has room for 107 bytes, and a path may be longer.
void AdminSocket::bindTo(int socket) const {
    const std::string path =
        "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + file_.filename().string();
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path)
        refuse(file_, "cannot be made: the database's name is too long for it");
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const void* const place = &address;
    if (::bind(socket, static_cast<const sockaddr*>(place), sizeof address) != 0) fail(file_);
}

void AdminSocket::giveToFolderOwner() const {
    if (::geteuid() != 0) return;
    struct stat folder {};
    if (::fstat(folder_.get(), &folder) != 0 ||
        ::fchownat(folder_.get(), file_.filename().c_str(), folder.st_uid, folder.st_gid,
                   AT_SYMLINK_NOFOLLOW) != 0)
        fail(file_);
}

}  // namespace postbell::app
