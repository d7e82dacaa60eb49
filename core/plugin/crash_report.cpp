// SPDX-License-Identifier: Apache-2.0
#include "plugin/crash_report.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <ucontext.h>
#include <unistd.h>

#include "plugin/code_map.h"
#include "plugin/in_plugin.h"

namespace postbell::plugin {
namespace {

// Prepared before a crash: the handler may neither allocate nor lock.
struct Crash {
    int signal;
    const char* name;
};
constexpr std::array kCrashes{Crash{SIGABRT, "SIGABRT"}, Crash{SIGSEGV, "SIGSEGV"},
                              Crash{SIGBUS, "SIGBUS"}, Crash{SIGFPE, "SIGFPE"},
                              Crash{SIGILL, "SIGILL"}};
std::array<char, 4096> log_file{};
bool log_is_json = false;
std::atomic<const log::Log*> crash_log = nullptr;

std::atomic<bool> exit_is_unexpected = false;

/// No wait, where the other end does not read: the process must come to its end, so that it is
/// started again.
void put(int descriptor, const char* text) {
    pollfd room{descriptor, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0) return;
    [[maybe_unused]] const ssize_t written = ::write(descriptor, text, std::strlen(text));
}

/// Writes `value` with `digits` digits to `at`, and moves `at` behind them.
void putNumber(char*& at, long value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at += digits;
}

/// The time as log lines have it. The library's formatters may allocate.
void putTime(int descriptor) {
    using namespace std::chrono;
    const auto now = floor<microseconds>(system_clock::now());
    const auto day = floor<days>(now);
    const year_month_day date{day};
    const hh_mm_ss clock{now - day};
    char text[32] = "";
    char* at = text;
    putNumber(at, static_cast<int>(date.year()), 4);
    *at++ = '-';
    putNumber(at, static_cast<unsigned>(date.month()), 2);
    *at++ = '-';
    putNumber(at, static_cast<unsigned>(date.day()), 2);
    *at++ = 'T';
    putNumber(at, clock.hours().count(), 2);
    *at++ = ':';
    putNumber(at, clock.minutes().count(), 2);
    *at++ = ':';
    putNumber(at, clock.seconds().count(), 2);
    *at++ = '.';
    putNumber(at, clock.subseconds().count(), 6);
    *at++ = 'Z';
    put(descriptor, text);
}

/// The plugin that ends the process, and the part of it.
struct Culprit {
    const char* plugin;
    const char* part;
};

void blame(int descriptor, bool as_json, const Culprit& culprit, const char* deed,
           const char* cause) {
    if (as_json) {
        put(descriptor, R"({"time":")");
        putTime(descriptor);
    }
    put(descriptor, as_json ? R"(","level":"error","message":")" : "postbell: ");
    put(descriptor, culprit.plugin);
    put(descriptor, deed);
    put(descriptor, culprit.part);
    put(descriptor, " (");
    put(descriptor, cause);
    put(descriptor, as_json ? "), and ends the gateway\"}\n" : "), and ends the gateway\n");
}

void blame(const Culprit& culprit, const char* deed, const char* cause) {
    blame(STDERR_FILENO, log_is_json && log_file.front() == '\0', culprit, deed, cause);
    const int file = log_file.front() == '\0'
                         ? -1
                         : ::open(log_file.data(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0) blame(file, log_is_json, culprit, deed, cause);
}

/// Copies memory that may end anywhere: an address that is none is an error of the kernel's copy
/// into a pipe, and no second crash. Returns the bytes up to there.
std::size_t copyReadable(std::uintptr_t from, char* to, std::size_t bytes) noexcept {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return 0;
    constexpr std::size_t kPage = 4096;
    std::size_t copied = 0;
    while (copied < bytes) {
        // Pieces that end with a page.
        const std::uintptr_t at = from + copied;
        const std::size_t piece = std::min(bytes - copied, kPage - at % kPage);
        const ssize_t written = ::write(pipe[1], reinterpret_cast<const void*>(at), piece);
        if (written <= 0 || ::read(pipe[0], to + copied, piece) != written) break;
        copied += static_cast<std::size_t>(written);
    }
    ::close(pipe[0]);
    ::close(pipe[1]);
    return copied;
}

/// The plugin whose code is on the stack above `stack`. A stack's words are no proof, so that this
/// is asked only about threads that are not the gateway's.
const char* pluginOnStack(std::uintptr_t stack) noexcept {
    static std::array<std::uintptr_t, 2048> words;
    const std::uintptr_t aligned = stack & ~(sizeof(std::uintptr_t) - 1);
    const std::size_t copied =
        copyReadable(aligned, reinterpret_cast<char*>(words.data()), sizeof words);
    return pluginAmong({words.data(), copied / sizeof words.front()});
}

/// The instruction and the stack at which a thread was interrupted; zeros: unknown.
struct Place {
    std::uintptr_t instruction = 0;
    std::uintptr_t stack = 0;
};

Place placeOf(const void* context) noexcept {
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return {static_cast<std::uintptr_t>(machine.gregs[REG_RIP]),
            static_cast<std::uintptr_t>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
    return {machine.pc, machine.sp};
#else
    static_cast<void>(machine);
    return {};
#endif
}

Culprit culpritAt(const Place& place) noexcept {
    const CurrentCall call = currentCall();
    if (call.plugin != nullptr) return {call.plugin, call.function};
    if (call.been_in_plugin) return {pluginWithCode(place.instruction), "its code"};
    const char* plugin = pluginWithCode(place.instruction);
    if (plugin == nullptr && place.stack != 0) plugin = pluginOnStack(place.stack);
    return {plugin, "a thread of its own"};
}

void crashed(int signal, siginfo_t*, void* context) {
    if (const log::Log* log = crash_log) log->flushInCrash();
    const Culprit culprit = culpritAt(placeOf(context));
    if (culprit.plugin != nullptr) {
        const char* name = "a signal";
        for (const Crash& crash : kCrashes)
            if (crash.signal == signal) name = crash.name;
        blame(culprit, " crashed in ", name);
    }
    std::raise(signal);  // SA_RESETHAND: the default action follows
}

void exiting() {
    if (!exit_is_unexpected) return;
    if (const log::Log* log = crash_log) log->flushInCrash();
    Culprit culprit = culpritAt({0, reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))});
    if (culprit.plugin == nullptr) culprit = {"a library or a plugin", "a thread of its own"};
    blame(culprit, " ended the process in ", "exit()");
    ::_exit(ExitWatch::kUnexpectedExitCode);
}

}  // namespace

void tellCrashes(const log::Settings& settings, const log::Log* log) {
    crash_log = log;
    log_file.fill('\0');
    const std::string& file = settings.file;
    if (file.size() < log_file.size()) file.copy(log_file.data(), file.size());
    log_is_json = settings.format == log::Format::Json;
    for (const Crash& crash : kCrashes) {
        struct sigaction action {};
        action.sa_sigaction = crashed;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_SIGINFO);
        ::sigaction(crash.signal, &action, nullptr);
    }
}

ExitWatch::ExitWatch() {
    std::atexit(exiting);
    std::at_quick_exit(exiting);
    exit_is_unexpected = true;
}

ExitWatch::~ExitWatch() {
    exit_is_unexpected = false;
}

}  // namespace postbell::plugin
