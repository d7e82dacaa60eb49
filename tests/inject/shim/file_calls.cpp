// SPDX-License-Identifier: Apache-2.0
// Calls about files: they fail as a full, broken or read-only disk has them fail, or without
// descriptors.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "plan.h"
#include "real.h"

using inject::fails;
using inject::Kind;

namespace {

/// No EACCES: a file that is not for us is an admin's to mend, and the pauses until then are long.
bool cannotOpen(const char* call) {
    return fails(Kind::Open, call, {EMFILE, EIO, ENOMEM, ENFILE});
}
bool cannotSync(const char* call) {
    return fails(Kind::Sync, call, {EIO, ENOSPC});
}
bool cannotDo(const char* call) {
    return fails(Kind::File, call, {EIO, ENOMEM, EACCES});
}
bool cannotChange(const char* call) {
    return fails(Kind::File, call, {EIO, ENOSPC, EROFS});
}

mode_t modeOf(int flags, va_list more) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

}  // namespace

#define OPEN(name)                                                     \
    extern "C" int name(const char* file, int flags, ...) {            \
        va_list more;                                                  \
        va_start(more, flags);                                         \
        const mode_t mode = modeOf(flags, more);                       \
        va_end(more);                                                  \
        return cannotOpen(#name) ? -1 : REAL(name)(file, flags, mode); \
    }
OPEN(open)
OPEN(open64)
#undef OPEN

extern "C" int openat(int folder, const char* file, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = modeOf(flags, more);
    va_end(more);
    return cannotOpen("openat") ? -1 : REAL(openat)(folder, file, flags, mode);
}
extern "C" int __open64_2(const char* file, int flags) {
    return cannotOpen("open64") ? -1 : REAL(open64)(file, flags);
}
extern "C" FILE* fopen(const char* file, const char* mode) {
    return cannotOpen("fopen") ? nullptr : REAL(fopen)(file, mode);
}
extern "C" FILE* fopen64(const char* file, const char* mode) {
    return cannotOpen("fopen64") ? nullptr : REAL(fopen64)(file, mode);
}
extern "C" DIR* opendir(const char* folder) {
    return cannotOpen("opendir") ? nullptr : REAL(opendir)(folder);
}
/// dlerror() speaks of what is loaded instead.
extern "C" void* dlopen(const char* file, int flags) {
    return REAL(dlopen)(cannotOpen("dlopen") ? "/a/file/that/is/not/there" : file, flags);
}

extern "C" int fsync(int fd) {
    return cannotSync("fsync") ? -1 : REAL(fsync)(fd);
}
extern "C" int fdatasync(int fd) {
    return cannotSync("fdatasync") ? -1 : REAL(fdatasync)(fd);
}
extern "C" int ftruncate(int fd, off_t size) noexcept {
    return cannotSync("ftruncate") ? -1 : REAL(ftruncate)(fd, size);
}
extern "C" int ftruncate64(int fd, off64_t size) noexcept {
    return cannotSync("ftruncate64") ? -1 : REAL(ftruncate64)(fd, size);
}

extern "C" int stat(const char* file, struct stat* found) noexcept {
    return cannotDo("stat") ? -1 : REAL(stat)(file, found);
}
extern "C" int stat64(const char* file, struct stat64* found) noexcept {
    return cannotDo("stat64") ? -1 : REAL(stat64)(file, found);
}
extern "C" int lstat(const char* file, struct stat* found) noexcept {
    return cannotDo("lstat") ? -1 : REAL(lstat)(file, found);
}
extern "C" int fstat(int fd, struct stat* found) noexcept {
    return cannotDo("fstat") ? -1 : REAL(fstat)(fd, found);
}
extern "C" int fstat64(int fd, struct stat64* found) noexcept {
    return cannotDo("fstat64") ? -1 : REAL(fstat64)(fd, found);
}
extern "C" int flock(int fd, int operation) noexcept {
    return cannotDo("flock") ? -1 : REAL(flock)(fd, operation);
}
extern "C" int fcntl64(int fd, int command, ...) {
    va_list more;
    va_start(more, command);
    void* argument = va_arg(more, void*);
    va_end(more);
    // A lock is given back without fail.
    const bool may_fail = command != F_SETLK || static_cast<flock64*>(argument)->l_type != F_UNLCK;
    if (may_fail && fails(Kind::File, "fcntl64", {EACCES, EIO, ENOLCK})) return -1;
    return REAL(fcntl64)(fd, command, argument);
}
extern "C" int unlink(const char* file) noexcept {
    return cannotChange("unlink") ? -1 : REAL(unlink)(file);
}
extern "C" int rename(const char* from, const char* to) noexcept {
    return cannotChange("rename") ? -1 : REAL(rename)(from, to);
}
extern "C" int renameat2(int from, const char* name, int to, const char* new_name,
                         unsigned flags) noexcept {
    return cannotChange("renameat2") ? -1 : REAL(renameat2)(from, name, to, new_name, flags);
}
extern "C" int fchmod(int fd, mode_t mode) noexcept {
    return cannotChange("fchmod") ? -1 : REAL(fchmod)(fd, mode);
}
extern "C" int fchown(int fd, uid_t user, gid_t group) noexcept {
    return cannotChange("fchown") ? -1 : REAL(fchown)(fd, user, group);
}
extern "C" void* mmap64(void* address, size_t size, int protection, int flags, int fd,
                        off64_t at) noexcept {
    return fd >= 0 && fails(Kind::File, "mmap64", {ENOMEM, EIO})
               ? MAP_FAILED
               : REAL(mmap64)(address, size, protection, flags, fd, at);
}
