// SPDX-License-Identifier: Apache-2.0
#include "plugin/in_plugin.h"

#include <csignal>
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

#include "util/clock.h"
#include "util/rfc3339.h"

using namespace postbell;
using Catch::Matchers::Contains;

namespace {

struct Crash {
    int signal = 0;
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

/// What a process leaves that crashes with this signal, inside a plugin or not. Signal 0: it uses
/// up its stack.
Crash crash(int signal, log::Format format, bool in_plugin) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("postbell-crash-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "log") << "before\n";
    const pid_t child = ::fork();
    if (child == 0) {
        const int said = ::open((folder / "said").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(said, STDERR_FILENO);
        plugin::tellCrashes({log::Level::Info, format, (folder / "log").string()});
        const std::string name = plugin::nameForCrash("the plugin /a\"b/odd.so of [[backend]] odd");
        // Catch2 gives the main thread a stack for signals, and no other.
        std::thread([&] {
            std::optional<plugin::InPlugin> outer, inner;
            if (in_plugin) {
                outer.emplace(name.c_str(), "create");
                inner.emplace("another", "start");
                inner.reset();
            }
            signal == 0 ? static_cast<int>(useUpStack(1)) : std::raise(signal);
        }).join();
        ::_exit(0);
    }
    Crash left;
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) left.signal = WTERMSIG(status);
    left.said = content(folder / "said");
    left.logged = content(folder / "log");
    std::filesystem::remove_all(folder);
    return left;
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

TEST_CASE("a crash of our own blames no plugin, and ends the process all the same") {
    const Crash left = crash(SIGSEGV, log::Format::Text, false);
    CHECK(left.signal == SIGSEGV);
    CHECK(left.said.empty());
    CHECK(left.logged == "before\n");
}

TEST_CASE("a plugin that uses up its stack is named as well", "[row:FAULT-13]") {
    const Crash left = crash(0, log::Format::Text, true);
    CHECK(left.signal == SIGSEGV);
    CHECK_THAT(left.said, Contains("odd.so of [[backend]] odd crashed in create (SIGSEGV)"));
}
