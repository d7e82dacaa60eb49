// SPDX-License-Identifier: Apache-2.0
#include "app/admin_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Timespan.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "util/file_descriptor.h"

namespace postbell::app {
namespace {

constexpr int kConnectSeconds = 10;
constexpr const char* kWhoMay = ": run this as root, or as the gateway's user";

/// Users that may have the admin token.
class TokenHolders {
  public:
    explicit TokenHolders(uid_t owner) : owner_(owner) {}
    bool has(uid_t user) const { return user == 0 || user == ::geteuid() || user == owner_; }

  private:
    uid_t owner_;
};

[[noreturn]] void refuse(const std::string& sentence) {
    throw std::runtime_error(sentence);
}

/// The file itself, and no other that a link leads to.
util::FileDescriptor openFile(const std::filesystem::path& socket) {
    util::FileDescriptor file(::open(socket.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!file && errno == ENOENT)
        refuse("there is no admin socket " + socket.string() +
               ": a gateway is starting or stopping, or a command is at work: try again in a "
               "moment. If a gateway runs, its log says why it made none; a restart makes one that "
               "was removed");
    if (!file)
        refuse("the admin socket " + socket.string() + ": " + std::strerror(errno) +
               (errno == EACCES ? kWhoMay : ""));
    return file;
}

void requireOwnSocket(const std::filesystem::path& socket, int file, const TokenHolders& holders) {
    struct stat status {};
    if (::fstat(file, &status) != 0) refuse(socket.string() + ": " + std::strerror(errno));
    if (S_ISLNK(status.st_mode))
        refuse("in place of its admin socket there is the symbolic link " + socket.string() +
               ": remove it, and restart the gateway");
    if (!S_ISSOCK(status.st_mode))
        refuse("in place of its admin socket there is the file " + socket.string() +
               ", which is none: remove it, and restart the gateway");
    if (!holders.has(status.st_uid))
        refuse("its admin socket " + socket.string() + " belongs to user id " +
               std::to_string(status.st_uid) + ": it is none of the gateway's. Nothing was sent");
}

void requireTokenHolder(const std::filesystem::path& socket, int connection,
                        const TokenHolders& holders) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        refuse("who answers on its admin socket cannot be told: " +
               std::string(std::strerror(errno)));
    if (!holders.has(peer.uid))
        refuse("a process of user id " + std::to_string(peer.uid) +
               " answers on its admin socket " + socket.string() +
               ", which is none of the gateway's: the admin token was not sent");
}

}  // namespace

std::string connectFailure(const std::filesystem::path& socket, int error) {
    // The kernel's word on a file that is reached through /proc may be another.
    const bool forbidden =
        error == EACCES || (::access(socket.c_str(), W_OK) != 0 && errno == EACCES);
    if (forbidden)
        return "its admin socket " + socket.string() + " may not be used by this user" + kWhoMay;
    return "no process answers on the admin socket " + socket.string() + " (" +
           std::strerror(error) +
           "): a gateway that was killed has left it. A gateway is starting or stopping, or a "
           "command is at work: try again in a moment";
}

Poco::Net::StreamSocket connectToGateway(const std::filesystem::path& socket, uid_t token_owner) {
    const TokenHolders holders(token_owner);
    const util::FileDescriptor file = openFile(socket);
    requireOwnSocket(socket, file.get(), holders);
    Poco::Net::StreamSocket connection(Poco::Net::SocketAddress::UNIX_LOCAL);
    try {
        connection.setSendTimeout(Poco::Timespan(kConnectSeconds, 0));
        // The file that was looked at, by a name that is short enough for an address.
        connection.connect(Poco::Net::SocketAddress("/proc/self/fd/" + std::to_string(file.get())));
    } catch (const Poco::Exception& e) {
        refuse(connectFailure(socket, e.code()));
    }
    requireTokenHolder(socket, connection.impl()->sockfd(), holders);
    return connection;
}

}  // namespace postbell::app
