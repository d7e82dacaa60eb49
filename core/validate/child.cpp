// SPDX-License-Identifier: Apache-2.0
#include "validate/child.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/file_descriptor.h"

namespace postbell::validate {
namespace {

constexpr std::size_t kMaxSentence = 4096;
constexpr int kSinned = 3;

[[noreturn]] void runAndExit(const std::function<void()>& body, int out) {
    // A plugin that crashes is the parent's to tell, and leaves no core file.
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal, SIG_DFL);
    std::string sentence;
    try {
        body();
        ::_exit(0);
    } catch (const std::exception& e) {
        sentence = e.what();
    } catch (...) {
        sentence = "it threw something that is no exception";
    }
    sentence.resize(std::min(sentence.size(), kMaxSentence));
    [[maybe_unused]] const ssize_t written = ::write(out, sentence.data(), sentence.size());
    ::_exit(kSinned);
}

/// Everything until the other side closes; nothing more after `limit`. True: it closed.
bool readAll(int from, std::string& text, util::Milliseconds limit) {
    // The system's own clock: what is measured is real time, and the plugin's is a fake.
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<util::Milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd ready{from, POLLIN, 0};
        const int found = ::poll(&ready, 1, static_cast<int>(left.count()));
        if (found < 0 && errno != EINTR) return false;
        if (found <= 0) continue;
        char bytes[1024];
        const ssize_t got = ::read(from, bytes, sizeof bytes);
        if (got == 0) return true;
        if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
    }
}

std::string nameOf(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

}  // namespace

std::string inChild(const std::function<void()>& body, util::Milliseconds limit) {
    int ends[2];
    if (::pipe(ends) != 0)
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    util::FileDescriptor from(ends[0]), to(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
    if (child == 0) runAndExit(body, to.get());
    to = util::FileDescriptor();
    std::string sentence;
    const bool ended = readAll(from.get(), sentence, limit);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended)
        return "it did not return within " + std::to_string(limit.count() / 1000) + " seconds";
    if (WIFSIGNALED(status)) return "it ended the process (" + nameOf(WTERMSIG(status)) + ")";
    if (WEXITSTATUS(status) == 0) return {};
    return sentence.empty() ? "it ended the process" : sentence;
}

}  // namespace postbell::validate
