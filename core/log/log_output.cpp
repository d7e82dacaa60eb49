// SPDX-License-Identifier: Apache-2.0
#include "log/log_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "log/log.h"
#include "util/new_file.h"

namespace postbell::log {
namespace {

/// More at once could wait for a pipe's reader although poll() promised room.
constexpr std::size_t kMaxPipeWrite = PIPE_BUF;
constexpr std::size_t kMaxFileWrite = 256 * 1024;

bool awaitRoom(int descriptor, util::Milliseconds patience) {
    pollfd wanted{descriptor, POLLOUT, 0};
    return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
}

/// At most `max` bytes, without the beginning of a line that goes on behind them.
std::string_view wholeLines(std::string_view lines, std::size_t max) {
    if (lines.size() <= max) return lines;
    const std::size_t end = lines.rfind('\n', max - 1);
    return lines.substr(0, end == std::string_view::npos ? max : end + 1);
}

}  // namespace

bool LogOutput::open() {
    if (file_.empty()) return true;
    util::FileDescriptor opened(util::newFile(file_, 0600));
    // O_NONBLOCK: a pipe in the file's place must not stop the gateway.
    if (!opened && errno == EEXIST)
        opened = util::FileDescriptor(
            ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened) {
        fail("opened", errno);
        return false;
    }
    ::fcntl(opened.get(), F_SETFL, O_APPEND | O_NONBLOCK);
    struct stat status {};
    is_regular_ = ::fstat(opened.get(), &status) == 0 && S_ISREG(status.st_mode);
    opened_ = std::move(opened);
    return true;
}

bool LogOutput::isThere() const {
    if (file_.empty() || !opened_ || !is_regular_) return true;
    struct stat open {
    }, named{};
    if (::fstat(opened_.get(), &open) != 0) return true;
    return ::stat(file_.c_str(), &named) == 0 && named.st_dev == open.st_dev &&
           named.st_ino == open.st_ino;
}

LogOutput::Result LogOutput::write(std::string_view& lines, util::Milliseconds patience) {
    if (!awaitRoom(descriptor(), patience)) return Result::Busy;
    const std::string_view part = wholeLines(lines, is_regular_ ? kMaxFileWrite : kMaxPipeWrite);
    const ssize_t written = ::write(descriptor(), part.data(), part.size());
    if (written > 0) {
        lines.remove_prefix(static_cast<std::size_t>(written));
        return Result::Written;
    }
    if (written < 0 && errno != EAGAIN && errno != EINTR) return fail("written", errno);
    return Result::Busy;
}

int LogOutput::descriptor() const {
    return file_.empty() ? STDERR_FILENO : opened_.get();
}

LogOutput::Result LogOutput::fail(const char* what, int error) {
    problem_ = (file_.empty() ? "standard error" : "the log file " + file_) + " cannot be " + what +
               ": " + std::strerror(error);
    return Result::Failed;
}

void tellStandardError(std::string line) {
    line += '\n';
    if (awaitRoom(STDERR_FILENO, util::Milliseconds(0))) [[maybe_unused]]
        const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace postbell::log
