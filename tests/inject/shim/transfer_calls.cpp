// SPDX-License-Identifier: Apache-2.0
// Reading and writing: what fails depends on what the descriptor is. Some calls are not refused but
// short.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "plan.h"
#include "real.h"

using inject::failure;
using inject::Kind;

namespace {

constexpr int kShort = -1;  // no error: less than was asked for

/// What a descriptor is. A pipe between threads or an eventfd never fails.
enum class Thing { File, Socket, Other };

Thing thingOf(int fd) {
    struct stat about {};
    if (::syscall(SYS_fstat, fd, &about) != 0) return Thing::Other;
    return S_ISREG(about.st_mode)    ? Thing::File
           : S_ISSOCK(about.st_mode) ? Thing::Socket
                                     : Thing::Other;
}

/// 0: as asked; kShort; otherwise an error, which errno has.
int trouble(const char* call, int fd, Kind of_files, std::initializer_list<int> errors_of_files,
            Kind of_sockets, std::initializer_list<int> errors_of_sockets) {
    if (inject::isUncounted()) return 0;
    const Thing thing = thingOf(fd);
    if (thing == Thing::Other) return 0;
    const int error = thing == Thing::File ? failure(of_files, call, errors_of_files)
                                           : failure(of_sockets, call, errors_of_sockets);
    if (error > 0) errno = error;
    return error;
}

int readTrouble(const char* call, int fd) {
    return trouble(call, fd, Kind::Read, {EIO, kShort}, Kind::Receive,
                   {ECONNRESET, kShort, ENOMEM, EINTR, ETIMEDOUT});
}

int writeTrouble(const char* call, int fd) {
    return trouble(call, fd, Kind::Write, {ENOSPC, EIO, kShort, EDQUOT}, Kind::Send,
                   {EPIPE, kShort, ENOBUFS, EINTR, ECONNRESET});
}

size_t part(size_t size, int trouble) {
    return trouble == kShort ? std::max<size_t>(size / 2, 1) : size;
}

}  // namespace

extern "C" ssize_t read(int fd, void* bytes, size_t size) {
    const int trouble = readTrouble("read", fd);
    return trouble > 0 ? -1 : REAL(read)(fd, bytes, part(size, trouble));
}
/// SQLite takes a short read for the file's end, as it must: only errors here.
extern "C" ssize_t pread64(int fd, void* bytes, size_t size, off64_t at) {
    return inject::fails(Kind::Read, "pread64", {EIO}) ? -1 : REAL(pread64)(fd, bytes, size, at);
}
extern "C" ssize_t recv(int fd, void* bytes, size_t size, int flags) {
    const int trouble = readTrouble("recv", fd);
    return trouble > 0 ? -1 : REAL(recv)(fd, bytes, part(size, trouble), flags);
}
extern "C" ssize_t recvmsg(int fd, msghdr* message, int flags) {
    return readTrouble("recvmsg", fd) > 0 ? -1 : REAL(recvmsg)(fd, message, flags);
}
extern "C" ssize_t readv(int fd, const iovec* parts, int count) {
    return readTrouble("readv", fd) > 0 ? -1 : REAL(readv)(fd, parts, count);
}
extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
    const int trouble = writeTrouble("write", fd);
    return trouble > 0 ? -1 : REAL(write)(fd, bytes, part(size, trouble));
}
extern "C" ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
    const int trouble = writeTrouble("pwrite64", fd);
    return trouble > 0 ? -1 : REAL(pwrite64)(fd, bytes, part(size, trouble), at);
}
extern "C" ssize_t writev(int fd, const iovec* parts, int count) {
    return writeTrouble("writev", fd) > 0 ? -1 : REAL(writev)(fd, parts, count);
}
extern "C" ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    const int trouble = writeTrouble("send", fd);
    return trouble > 0 ? -1 : REAL(send)(fd, bytes, part(size, trouble), flags);
}
extern "C" ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
                          socklen_t length) {
    return writeTrouble("sendto", fd) > 0 ? -1 : REAL(sendto)(fd, bytes, size, flags, to, length);
}
extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    return writeTrouble("sendmsg", fd) > 0 ? -1 : REAL(sendmsg)(fd, message, flags);
}
