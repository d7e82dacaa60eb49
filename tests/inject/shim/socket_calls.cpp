// SPDX-License-Identifier: Apache-2.0
// Sockets, names, waits and threads.
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include "plan.h"
#include "real.h"

using inject::fails;
using inject::Kind;

namespace {

bool noSocket(const char* call) {
    return fails(Kind::Socket, call, {EMFILE, ENOMEM, ENOBUFS});
}
bool noConnection(const char* call) {
    return fails(Kind::Accept, call, {EMFILE, ECONNABORTED, ENOMEM, EINTR, ENFILE, ENOBUFS});
}
bool noRoom(const char* call) {
    return fails(Kind::Wait, call, {ENOMEM, EMFILE});
}
bool interrupted(const char* call) {
    return fails(Kind::Wait, call, {EINTR});
}

}  // namespace

extern "C" int socket(int family, int type, int protocol) noexcept {
    return noSocket("socket") ? -1 : REAL(socket)(family, type, protocol);
}
extern "C" int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
    return fails(Kind::Socket, "bind", {EADDRINUSE, EACCES, ENOMEM})
               ? -1
               : REAL(bind)(fd, address, size);
}
extern "C" int listen(int fd, int backlog) noexcept {
    return fails(Kind::Socket, "listen", {EADDRINUSE}) ? -1 : REAL(listen)(fd, backlog);
}
extern "C" int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
    return fails(Kind::Socket, "setsockopt", {ENOMEM, ENOBUFS, EINVAL})
               ? -1
               : REAL(setsockopt)(fd, level, name, value, size);
}
extern "C" int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
    return fails(Kind::Socket, "getsockopt", {ENOBUFS, EINVAL})
               ? -1
               : REAL(getsockopt)(fd, level, name, value, size);
}
extern "C" int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
    return fails(Kind::Socket, "getsockname", {ENOBUFS}) ? -1
                                                         : REAL(getsockname)(fd, address, size);
}
extern "C" int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
    return fails(Kind::Socket, "getpeername", {ENOTCONN, ENOBUFS})
               ? -1
               : REAL(getpeername)(fd, address, size);
}
extern "C" int connect(int fd, const sockaddr* address, socklen_t size) {
    return fails(Kind::Connect, "connect",
                 {ECONNREFUSED, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, ENOMEM, EACCES})
               ? -1
               : REAL(connect)(fd, address, size);
}
extern "C" int accept(int fd, sockaddr* address, socklen_t* size) {
    return noConnection("accept") ? -1 : REAL(accept)(fd, address, size);
}
extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    return noConnection("accept4") ? -1 : REAL(accept4)(fd, address, size, flags);
}

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    const int error = inject::failure(Kind::Lookup, "getaddrinfo",
                                      {EAI_AGAIN, EAI_FAIL, EAI_MEMORY, EAI_SYSTEM, EAI_NONAME});
    if (error == EAI_SYSTEM) errno = EMFILE;
    return error != 0 ? error : REAL(getaddrinfo)(host, service, hints, found);
}

extern "C" int epoll_create1(int flags) noexcept {
    return noRoom("epoll_create1") ? -1 : REAL(epoll_create1)(flags);
}
extern "C" int epoll_ctl(int fd, int operation, int about, epoll_event* event) noexcept {
    return operation != EPOLL_CTL_DEL && fails(Kind::Wait, "epoll_ctl", {ENOMEM, ENOSPC})
               ? -1
               : REAL(epoll_ctl)(fd, operation, about, event);
}
extern "C" int epoll_wait(int fd, epoll_event* events, int count, int timeout) {
    return interrupted("epoll_wait") ? -1 : REAL(epoll_wait)(fd, events, count, timeout);
}
extern "C" int eventfd(unsigned count, int flags) noexcept {
    return noRoom("eventfd") ? -1 : REAL(eventfd)(count, flags);
}
extern "C" int timerfd_create(clockid_t clock, int flags) noexcept {
    return noRoom("timerfd_create") ? -1 : REAL(timerfd_create)(clock, flags);
}
extern "C" int pipe(int* ends) noexcept {
    return noRoom("pipe") ? -1 : REAL(pipe)(ends);
}
extern "C" int poll(pollfd* about, nfds_t count, int timeout) {
    return interrupted("poll") ? -1 : REAL(poll)(about, count, timeout);
}
extern "C" int select(int count, fd_set* reads, fd_set* writes, fd_set* others, timeval* timeout) {
    return interrupted("select") ? -1 : REAL(select)(count, reads, writes, others, timeout);
}

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) noexcept {
    const int error = inject::failure(Kind::Thread, "pthread_create", {EAGAIN});
    return error != 0 ? error : REAL(pthread_create)(thread, attributes, run, argument);
}
