// SPDX-License-Identifier: Apache-2.0
#include "store/master_key.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/codec.h"
#include "util/crypto.h"
#include "util/file_descriptor.h"
#include "util/new_file.h"

namespace postbell::store {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMaxFileBytes = 1024;  // base64 of 32 bytes is 44 characters

[[noreturn]] void refuse(const std::string& source, const std::string& reason) {
    throw MasterKeyError("the master key in " + source + " " + reason);
}

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode & 07777u);
    return text;
}

void checkFile(int descriptor, const std::string& source) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        refuse(source, std::string("cannot be examined: ") + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse(source, "is not a regular file");
    const mode_t mode = status.st_mode & 07777u;
    if (mode != 0600 && mode != 0400) {
        refuse(source, "has mode " + octal(mode) +
                           "; it must be 0600 or 0400, so that nobody else reads it");
    }
    // With this mode its owner reads it, and root, who runs commands for the service.
}

std::string readAll(int descriptor, const std::string& source) {
    std::string text(kMaxFileBytes + 1, '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::read(descriptor, text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(source, std::string("cannot be read: ") + std::strerror(errno));
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > kMaxFileBytes) refuse(source, "is too long; 32 bytes in base64 are 44 characters");
    text.resize(used);
    return text;
}

}  // namespace

MasterKey MasterKey::parse(std::string_view text, std::string_view source) {
    const std::string name(source);
    std::optional<std::string> bytes = util::base64Decode(text);
    if (!bytes) refuse(name, "is not base64");
    if (bytes->empty()) refuse(name, "is empty; `postbell master-key new FILE` makes one");
    if (bytes->size() != kKeyBytes) {
        refuse(name, "has " + std::to_string(bytes->size()) + " bytes; it must have 32");
    }
    return MasterKey(std::move(*bytes), source);
}

MasterKey MasterKey::read(const std::filesystem::path& file) {
    const std::string source = file.string();
    // O_NONBLOCK: a pipe in its place must not stop the start.
    const util::FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!descriptor && errno == ENOENT) {
        refuse(source, "is missing; `postbell master-key new " + source + "` makes one");
    }
    if (!descriptor) refuse(source, std::string("cannot be opened: ") + std::strerror(errno));
    checkFile(descriptor.get(), source);
    return parse(readAll(descriptor.get(), source), source);
}

MasterKey MasterKey::create(const std::filesystem::path& file) {
    const std::string source = file.string();
    util::FileDescriptor descriptor(util::newFile(file, 0600));
    if (!descriptor && errno == EEXIST) {
        refuse(
            source,
            "exists and is not overwritten: what was sealed with it could never be opened again");
    }
    if (!descriptor) refuse(source, std::string("cannot be created: ") + std::strerror(errno));

    MasterKey key(util::randomBytes(kKeyBytes), source);
    const std::string line = util::base64Encode(key.bytes()) + "\n";
    const bool written =
        ::fchmod(descriptor.get(), 0600) == 0 &&
        ::write(descriptor.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(descriptor.get()) == 0;
    if (!written) {
        const int error = errno;
        ::unlink(file.c_str());
        refuse(source, std::string("cannot be written: ") + std::strerror(error));
    }
    return key;
}

}  // namespace postbell::store
