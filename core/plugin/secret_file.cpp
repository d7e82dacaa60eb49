// SPDX-License-Identifier: Apache-2.0
#include "plugin/secret_file.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "postbell/abi.h"
#include "util/file_descriptor.h"

namespace postbell::plugin {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
    throw SecretFileError("the file " + file.string() + " " + reason);
}

}  // namespace

std::string readSecretFile(const std::filesystem::path& file) {
    // O_NONBLOCK: a pipe in its place must not stop the gateway.
    const util::FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened) refuse(file, std::string("cannot be opened: ") + std::strerror(errno));
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0)
        refuse(file, std::string("cannot be examined: ") + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse(file, "is not a regular file");
    if ((status.st_mode & 0077u) != 0)
        refuse(file, "may be read by others: its mode must be 0600 or 0400");
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        refuse(file, "must belong to root or to the user that Postbell runs as");
    std::string content(POSTBELL_MAX_SECRET_FILE_BYTES + 1, '\0');
    std::size_t used = 0;
    while (used < content.size()) {
        const ssize_t got = ::read(opened.get(), content.data() + used, content.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > POSTBELL_MAX_SECRET_FILE_BYTES) refuse(file, "is longer than 64 KiB");
    if (used == 0) refuse(file, "is empty");
    content.resize(used);
    return content;
}

}  // namespace postbell::plugin
