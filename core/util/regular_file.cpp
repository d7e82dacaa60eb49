// SPDX-License-Identifier: Apache-2.0
#include "util/regular_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "util/file_descriptor.h"

namespace postbell::util {
namespace {

constexpr std::size_t kChunk = 16 * 1024;

Problem systemProblem(const char* what) {
    const int error = errno;
    Problem problem{std::string("cannot be ") + what + ": " + std::strerror(error)};
    errno = error;
    return problem;
}

Problem filesOwn(std::string text) {
    errno = 0;
    return {std::move(text)};
}

}  // namespace

Result<FileContent> readRegularFile(const std::filesystem::path& file, std::size_t max_bytes) {
    // O_NONBLOCK: a pipe is opened without a writer, and refused.
    const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened) return systemProblem("read");
    FileContent content;
    if (::fstat(opened.get(), &content.status) != 0) return systemProblem("examined");
    if (std::string other = irregularity(content.status); !other.empty())
        return filesOwn(std::move(other));
    std::array<char, kChunk> chunk;
    while (content.bytes.size() <= max_bytes) {
        const ssize_t got = ::read(opened.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemProblem("read");
        if (got == 0) return content;
        content.bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return filesOwn("is larger than " + std::to_string(max_bytes) + " bytes");
}

std::string irregularity(const struct stat& status) {
    if (S_ISREG(status.st_mode)) return {};
    if (S_ISDIR(status.st_mode)) return "is a folder, and no file";
    return "is not a regular file, but a pipe, a socket or a device";
}

bool isOfTheMoment(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
}

std::string octal(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777u);
    return text.data();
}

}  // namespace postbell::util
