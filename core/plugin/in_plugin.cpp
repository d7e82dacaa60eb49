// SPDX-License-Identifier: Apache-2.0
#include "plugin/in_plugin.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "util/printable.h"

namespace postbell::plugin {
namespace {

thread_local constinit const char* current_plugin = nullptr;
thread_local constinit const char* current_function = nullptr;

/// The same, for other threads to read. In a list that needs no memory: a thread enters a plugin
/// whatever else it lacks.
class Call {
  public:
    Call() noexcept;
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void set(const char* plugin, const char* function) {
        function_.store(function, std::memory_order_relaxed);
        plugin_.store(plugin, std::memory_order_release);
    }
    bool isOf(std::string_view thread) const { return thread_name_.data() == thread; }
    std::string inWords() const {
        const char* plugin = plugin_.load(std::memory_order_acquire);
        const char* function = function_.load(std::memory_order_relaxed);
        if (plugin == nullptr || function == nullptr) return {};
        return std::string(plugin) + ", function " + function;
    }

    const Call* next() const { return next_; }

  private:
    std::array<char, 16> thread_name_{};
    std::atomic<const char*> plugin_ = nullptr;
    std::atomic<const char*> function_ = nullptr;
    Call* before_ = nullptr;
    Call* next_ = nullptr;
};

/// Of all threads that have been in a plugin.
struct Calls {
    std::mutex mutex;
    Call* first = nullptr;
};
static_assert(std::is_trivially_destructible_v<Calls>);  // outlives every thread
constinit Calls calls;

Call::Call() noexcept {
    ::pthread_getname_np(::pthread_self(), thread_name_.data(), thread_name_.size());
    const std::lock_guard lock(calls.mutex);
    next_ = calls.first;
    if (next_ != nullptr) next_->before_ = this;
    calls.first = this;
}

Call::~Call() {
    const std::lock_guard lock(calls.mutex);
    if (next_ != nullptr) next_->before_ = before_;
    (before_ != nullptr ? before_->next_ : calls.first) = next_;
}

Call& ownCall() {
    static thread_local Call call;
    return call;
}

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

/// Where the handler runs: a plugin that crashes may have used up the thread's own stack.
class HandlersStack {
  public:
    HandlersStack() {
        stack_t other{};
        // A sanitizer's, perhaps, which does as well.
        if (::sigaltstack(nullptr, &other) != 0 || (other.ss_flags & SS_DISABLE) == 0) return;
        memory_.reset(new (std::nothrow) char[kBytes]);
        if (!memory_) return;
        stack_t stack{};
        stack.ss_sp = memory_.get();
        stack.ss_size = kBytes;
        ::sigaltstack(&stack, nullptr);
    }
    ~HandlersStack() {
        if (!memory_) return;
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        ::sigaltstack(&none, nullptr);
    }
    HandlersStack(const HandlersStack&) = delete;
    HandlersStack& operator=(const HandlersStack&) = delete;

  private:
    // With AVX-512 and the like, a signal's frame alone is some kilobytes.
    static constexpr std::size_t kBytes = 64 * 1024;
    std::unique_ptr<char[]> memory_;
};

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

void blame(int descriptor, bool as_json, const char* signal_name) {
    if (as_json) {
        put(descriptor, R"({"time":")");
        putTime(descriptor);
    }
    put(descriptor, as_json ? R"(","level":"error","message":")" : "postbell: ");
    put(descriptor, current_plugin);
    put(descriptor, " crashed in ");
    put(descriptor, current_function);
    put(descriptor, " (");
    put(descriptor, signal_name);
    put(descriptor, as_json ? "), and ends the gateway\"}\n" : "), and ends the gateway\n");
}

void crashed(int signal) {
    if (const log::Log* log = crash_log) log->flushInCrash();
    if (current_plugin != nullptr) {
        const char* name = "a signal";
        for (const Crash& crash : kCrashes)
            if (crash.signal == signal) name = crash.name;
        blame(STDERR_FILENO, log_is_json && log_file.front() == '\0', name);
        const int file =
            log_file.front() == '\0'
                ? -1
                : ::open(log_file.data(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
        if (file >= 0) blame(file, log_is_json, name);
    }
    std::raise(signal);  // SA_RESETHAND: the default action follows
}

}  // namespace

InPlugin::InPlugin(const char* plugin, const char* function) noexcept
    : outer_plugin_(current_plugin), outer_function_(current_function) {
    static thread_local const HandlersStack stack;
    current_plugin = plugin;
    current_function = function;
    ownCall().set(plugin, function);
}

InPlugin::~InPlugin() {
    current_plugin = outer_plugin_;
    current_function = outer_function_;
    ownCall().set(outer_plugin_, outer_function_);
}

std::string callUnderWay(std::string_view thread) {
    const std::lock_guard lock(calls.mutex);
    for (const Call* call = calls.first; call != nullptr; call = call->next())
        if (std::string words = call->isOf(thread) ? call->inWords() : ""; !words.empty())
            return words;
    return {};
}

std::string nameForCrash(std::string_view text) {
    std::string name = util::printable(text, 2048);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '"' || c == '\\'; }, '?');
    return name;
}

void tellCrashes(const log::Settings& settings, const log::Log* log) {
    crash_log = log;
    log_file.fill('\0');
    const std::string& file = settings.file;
    if (file.size() < log_file.size()) file.copy(log_file.data(), file.size());
    log_is_json = settings.format == log::Format::Json;
    for (const Crash& crash : kCrashes) {
        struct sigaction action {};
        action.sa_handler = crashed;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
        ::sigaction(crash.signal, &action, nullptr);
    }
}

}  // namespace postbell::plugin
