// SPDX-License-Identifier: Apache-2.0
#include "validate/child.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/file_descriptor.h"
#include "util/printable.h"
#include "util/real_time.h"

namespace postbell::validate {
namespace {

constexpr std::size_t kMaxSentence = 4096;
/// The first byte that a child writes: `body` returned, or threw. The exit status alone says
/// nothing: a plugin may call exit().
constexpr char kReturned = 'r';
constexpr char kThrew = 't';
/// The exit status of a child whose pipe is closed.
constexpr int kUnheard = 97;

[[noreturn]] void runAndExit(const std::function<void()>& body, int out) {
    // A plugin that crashes is the parent's to tell, and leaves no core file.
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal, SIG_DFL);
    // Standard output is the verdicts' alone.
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    std::string told(1, kThrew);
    try {
        body();
        told.front() = kReturned;
    } catch (const std::exception& e) {
        told += util::printable(e.what(), kMaxSentence);
    } catch (...) {
        told += "it threw something that is no exception";
    }
    ::_exit(::write(out, told.data(), told.size()) < 0 ? kUnheard : 0);
}

/// False: `descriptor` cannot be read before `end`.
bool awaitReadable(int descriptor, util::RealTime end) {
    for (;;) {
        const auto left = std::chrono::duration_cast<util::Milliseconds>(end - util::realNow());
        if (left.count() <= 0) return false;
        pollfd ready{descriptor, POLLIN, 0};
        const int found = ::poll(&ready, 1, static_cast<int>(left.count()));
        if (found > 0) return true;
        if (found < 0 && errno != EINTR) return false;
    }
}

/// Everything until the other side closes; false: it did not before `end`.
bool readAll(int from, std::string& text, util::RealTime end) {
    while (awaitReadable(from, end)) {
        char bytes[1024];
        const ssize_t got = ::read(from, bytes, sizeof bytes);
        if (got == 0) return true;
        if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
    }
    return false;
}

/// False: the process did not end before `end`. A plugin may have closed the pipe and go on.
bool awaitEnd(pid_t process, util::RealTime end) {
    const util::FileDescriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    return ended && awaitReadable(ended.get(), end);
}

std::string nameOf(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

}  // namespace

ChildEnd inChild(const std::function<void()>& body, util::Milliseconds limit) {
    int ends[2];
    if (::pipe(ends) != 0)
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    util::FileDescriptor from(ends[0]), to(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
    if (child == 0) runAndExit(body, to.get());
    to = util::FileDescriptor();
    std::string told;
    const auto end = util::realNow() + limit;
    const bool ended = readAll(from.get(), told, end) && awaitEnd(child, end);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended)
        return {"it did not return within " + std::to_string(limit.count() / 1000) + " seconds",
                true};
    if (WIFSIGNALED(status)) return {"it ended the process (" + nameOf(WTERMSIG(status)) + ")"};
    if (told.empty() && WEXITSTATUS(status) == kUnheard)
        return {"it closes descriptors that are not its own"};
    if (told.empty()) return {"it ended the process"};
    return {told.front() == kReturned ? std::string() : told.substr(1)};
}

}  // namespace postbell::validate
