// SPDX-License-Identifier: Apache-2.0
#include "plugin/crash_report.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plugin/code_map.h"
#include "plugin/in_plugin.h"
#include "util/clock.h"
#include "util/rfc3339.h"

// Sanitizers have a handler of crashes and stacks of their own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTBELL_SANITIZED
#endif
#endif

using namespace postbell;
using Catch::Matchers::Contains;

namespace {

struct Crash {
    int signal = 0;
    int exit_code = -1;
    std::string said, logged;
};

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Uses up the stack. It ends where its argument is 0, which the compiler cannot know.
unsigned useUpStack(unsigned depth) {
    volatile char kilobyte[1024] = {};
    if (depth == 0) return 0;
    return useUpStack(depth + 1) + static_cast<unsigned>(kilobyte[depth % 1024]);
}

/// The traces of a process whose thread does `deed`.
template <class Deed>
Crash leftBy(log::Format format, Deed deed) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("postbell-crash-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "log") << "before\n";
    const pid_t child = ::fork();
    if (child == 0) {
        const int said = ::open((folder / "said").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(said, STDERR_FILENO);
        plugin::tellCrashes({log::Level::Info, format, (folder / "log").string()});
        // Catch2 gives the main thread a stack for signals, and no other.
        std::thread(deed).join();
        ::_exit(0);
    }
    Crash left;
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) left.signal = WTERMSIG(status);
    if (WIFEXITED(status)) left.exit_code = WEXITSTATUS(status);
    left.said = content(folder / "said");
    left.logged = content(folder / "log");
    std::filesystem::remove_all(folder);
    return left;
}

/// The traces of a process that crashes with this signal, inside a plugin or not. Signal 0: it uses
/// up its stack.
Crash crash(int signal, log::Format format, bool in_plugin) {
    const std::string name = plugin::nameForCrash("the plugin /a\"b/odd.so of [[backend]] odd");
    return leftBy(format, [&] {
        std::optional<plugin::InPlugin> outer, inner;
        if (in_plugin) {
            outer.emplace(name.c_str(), "create");
            inner.emplace("another", "start");
            inner.reset();
        }
        signal == 0 ? static_cast<int>(useUpStack(1)) : std::raise(signal);
    });
}

/// A function of this program, which stands for a plugin's library.
[[maybe_unused, gnu::noinline]] void crashHere() {
    std::raise(SIGSEGV);
    asm volatile("");  // no tail call: the return address is on the stack
}

[[gnu::noinline]] void exitHere() {
    std::exit(0);
}

}  // namespace

TEST_CASE("a crash inside a plugin is told as its, in the log and on standard error",
          "[row:FAULT-13]") {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        const Crash left = crash(signal, log::Format::Text, true);
        CHECK(left.signal == signal);
        for (const std::string& told : {left.said, left.logged})
            CHECK_THAT(told, Contains("the plugin /a?b/odd.so of [[backend]] odd crashed in create "
                                      "(SIG"));
        CHECK_THAT(left.logged, Contains("before\n"));
    }
}

TEST_CASE("a crash is a line of JSON in a log of JSON") {
    const Crash left = crash(SIGABRT, log::Format::Json, true);
    const std::string line = left.logged.substr(left.logged.find('{'));
    const auto told = nlohmann::json::parse(line);
    CHECK(told.at("level") == "error");
    const auto time = util::parseRfc3339(told.at("time").get<std::string>());
    REQUIRE(time);
    CHECK(std::chrono::abs(util::SystemClock().wall() - *time) < std::chrono::minutes(10));
    CHECK_THAT(told.at("message").get<std::string>(), Contains("odd.so"));
}

TEST_CASE("the call that a thread is in can be read by its name") {
    std::promise<void> inside, ended;
    std::thread thread([&] {
        ::pthread_setname_np(::pthread_self(), "a-loop");
        const plugin::InPlugin outer("odd.so", "handle");
        { const plugin::InPlugin inner("other.so", "start"); }
        inside.set_value();
        ended.get_future().wait();
    });
    inside.get_future().wait();

    CHECK(plugin::callUnderWay("a-loop") == "odd.so, function handle");
    CHECK(plugin::callUnderWay("another").empty());
    ended.set_value();
    thread.join();
    CHECK(plugin::callUnderWay("a-loop").empty());
}

#ifndef POSTBELL_SANITIZED
TEST_CASE("a crash of our own blames no plugin, and ends the process all the same") {
    const Crash left = crash(SIGSEGV, log::Format::Text, false);
    CHECK(left.signal == SIGSEGV);
    CHECK(left.said.empty());
    CHECK(left.logged == "before\n");
}
#endif

TEST_CASE("a plugin that uses up its stack is named as well", "[row:FAULT-13]") {
    const Crash left = crash(0, log::Format::Text, true);
    CHECK(left.signal == SIGSEGV);
    CHECK_THAT(left.said, Contains("odd.so of [[backend]] odd crashed in create (SIGSEGV)"));
}

#ifndef POSTBELL_SANITIZED
TEST_CASE("a crash of a plugin's own thread is told by the code that is on its stack",
          "[row:FAULT-13]") {
    const Crash left = leftBy(log::Format::Text, [] {
        plugin::rememberCode(reinterpret_cast<const void*>(&crashHere), "the plugin /a/own.so");
        crashHere();
    });
    CHECK(left.signal == SIGSEGV);
    for (const std::string& told : {left.said, left.logged})
        CHECK_THAT(told, Contains("the plugin /a/own.so crashed in a thread of its own (SIGSEGV)"));
}
#endif

TEST_CASE("an exit that the gateway did not begin names its plugin, and is a failure",
          "[row:FAULT-13]") {
    const Crash called = leftBy(log::Format::Text, [] {
        const plugin::ExitWatch watch;
        const plugin::InPlugin call("the plugin /a/odd.so", "handle");
        exitHere();
    });
    CHECK(called.exit_code == plugin::ExitWatch::kUnexpectedExitCode);
    for (const std::string& told : {called.said, called.logged})
        CHECK_THAT(told, Contains("the plugin /a/odd.so ended the process in handle (exit())"));

#ifndef POSTBELL_SANITIZED
    const Crash own = leftBy(log::Format::Text, [] {
        const plugin::ExitWatch watch;
        plugin::rememberCode(reinterpret_cast<const void*>(&exitHere), "the plugin /a/own.so");
        exitHere();
    });
    CHECK_THAT(own.said, Contains("the plugin /a/own.so ended the process in a thread of its own"));
#endif
}

TEST_CASE("an exit after the watch has ended is the gateway's own") {
    const Crash left = leftBy(log::Format::Text, [] {
        { const plugin::ExitWatch watch; }
        std::quick_exit(0);
    });
    CHECK(left.exit_code == 0);
    CHECK(left.said.empty());
}

TEST_CASE("a call under way is found without its thread's name") {
    const plugin::InPlugin call("odd.so", "stop");
    CHECK(plugin::anyCallUnderWay() == "odd.so, function stop");
}
