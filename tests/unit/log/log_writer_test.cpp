// SPDX-License-Identifier: Apache-2.0
#include "log/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "support/eventually.h"
#include "util/file_descriptor.h"
#include "util/real_time.h"

using namespace postbell::log;
using namespace std::chrono_literals;
using postbell::testing::eventually;
using postbell::util::FileDescriptor;
using postbell::util::realNow;

namespace {

class Folder {
  public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("postbell-log-writer-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const char* name = "log") const { return (path_ / name).string(); }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

Settings to(std::string file) {
    return {Level::Info, Format::Text, std::move(file)};
}

/// Standard error is a pipe while the object lives.
class PipedStandardError {
  public:
    explicit PipedStandardError(int flags = 0) : saved_(::dup(STDERR_FILENO)) {
        int ends[2];
        REQUIRE(::pipe2(ends, flags) == 0);
        reader_ = FileDescriptor(ends[0]);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
    }
    ~PipedStandardError() { restore(); }
    void restore() {
        if (saved_) ::dup2(saved_.get(), STDERR_FILENO);
        saved_ = FileDescriptor();
    }
    /// All that is in the pipe.
    std::string read() const {
        std::string text;
        char chunk[65536];
        pollfd wanted{reader_.get(), POLLIN, 0};
        while (::poll(&wanted, 1, 200) > 0 && (wanted.revents & POLLIN) != 0)
            text.append(chunk, static_cast<std::size_t>(std::max<ssize_t>(
                                   0, ::read(reader_.get(), chunk, sizeof chunk))));
        return text;
    }
    void closeReader() { reader_ = FileDescriptor(); }

  private:
    FileDescriptor saved_;
    FileDescriptor reader_;
};

const std::string kLine(99, 'x');

/// How many lines tell of lost ones, and of how many.
std::pair<std::uint64_t, std::uint64_t> toldAsLost(const std::string& said) {
    std::uint64_t notices = 0, lost = 0;
    for (auto at = said.find("lines="); at != std::string::npos; at = said.find("lines=", at + 1)) {
        ++notices;
        lost += std::stoull(said.substr(at + 6));
    }
    return {notices, lost};
}

}  // namespace

TEST_CASE("a log file is readable by its owner alone") {
    const Folder folder;
    LogWriter writer(to(folder.file()));
    writer.add("a line");
    REQUIRE(writer.flush(10s));

    struct stat status {};
    REQUIRE(::stat(folder.file().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("lines of several threads are whole, and each thread's keep their order") {
    const Folder folder;
    LogWriter writer(to(folder.file()));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&writer, t] {
            for (int i = 0; i < 2'000; ++i) writer.add(std::to_string(t) + " " + std::to_string(i));
        });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(writer.flush(10s));

    std::ifstream in(folder.file());
    int next[4] = {};
    for (int t = 0, i = 0; in >> t >> i;) REQUIRE(i == next[t]++);
    CHECK(std::vector<int>(next, next + 4) == std::vector<int>(4, 2'000));
}

TEST_CASE("a pipe without a reader stops no caller, and lost lines are counted and told") {
    for (const int flags : {0, O_NONBLOCK}) {
        PipedStandardError standard_error(flags);
        std::string said;
        std::uint64_t lost = 0;
        {
            LogWriter writer(to(""));
            const auto begun = realNow();
            for (int i = 0; i < 120'000; ++i) writer.add(kLine);
            CHECK(realNow() - begun < 5s);
            CHECK_FALSE(writer.flush(50ms));
            CHECK(eventually([&] { return writer.failing(); }));
            lost = writer.lost();
            CHECK(lost > 10'000);

            // There is a reader again.
            while (!writer.flush(0ms)) said += standard_error.read();
            said += standard_error.read();
            CHECK_FALSE(writer.failing());
        }
        standard_error.restore();
        const auto [notices, told] = toldAsLost(said);
        CHECK(notices > 0);
        CHECK(told == lost);
        CHECK(static_cast<std::uint64_t>(std::count(said.begin(), said.end(), '\n')) ==
              120'000 - lost + notices);
    }
}

TEST_CASE("the end does not wait for ever for a pipe without a reader") {
    const PipedStandardError standard_error;
    const auto begun = realNow();
    {
        LogWriter writer(to(""));
        for (int i = 0; i < 10'000; ++i) writer.add(kLine);
    }
    CHECK(realNow() - begun < 5s);
}

TEST_CASE("standard error without a reader at all is survived") {
    std::signal(SIGPIPE, SIG_IGN);
    PipedStandardError standard_error;
    standard_error.closeReader();
    LogWriter writer(to(""));
    writer.add("nobody hears this");
    CHECK(eventually([&] { return writer.failing(); }));
}

TEST_CASE("the last lines are written before the end") {
    const Folder folder;
    {
        LogWriter writer(to(folder.file()));
        for (int i = 0; i < 1'000; ++i) writer.add(kLine);
    }
    CHECK(content(folder.file()).size() == 1'000 * (kLine.size() + 1));
}

TEST_CASE("a full disk is told once on standard error, and ends and delays nothing") {
    const PipedStandardError standard_error;
    const auto begun = realNow();
    {
        LogWriter writer(to("/dev/full"));
        writer.add("there is no room");
        CHECK(eventually([&] { return writer.failing(); }));
        std::this_thread::sleep_for(1100ms);  // the second attempt
        writer.add("there is none yet");
    }
    CHECK(realNow() - begun < 5s);
    const std::string said = standard_error.read();
    CHECK(said.find("the log file /dev/full cannot be written") != std::string::npos);
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE("a disk that has room again gets all lines whole") {
    const Folder folder;
    std::signal(SIGXFSZ, SIG_IGN);
    const pid_t child = ::fork();
    if (child == 0) {
        const FileDescriptor quiet(::open("/dev/null", O_WRONLY));
        ::dup2(quiet.get(), STDERR_FILENO);
        rlimit limit{150, RLIM_INFINITY};  // in the middle of the second line
        ::setrlimit(RLIMIT_FSIZE, &limit);
        LogWriter writer(to(folder.file()));
        writer.add(kLine);
        writer.add(kLine);
        const bool failed = eventually([&] { return writer.failing(); });
        limit.rlim_cur = RLIM_INFINITY;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        writer.add("after");
        ::_exit(failed && writer.flush(10s) ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(content(folder.file()) == kLine + "\n" + kLine + "\nafter\n");
}

TEST_CASE("a log whose folder comes later begins then, with all lines") {
    const Folder folder;
    const PipedStandardError standard_error;
    LogWriter writer(to(folder.file("later/log")));
    writer.add("kept");
    CHECK(eventually([&] { return writer.failing(); }));

    std::filesystem::create_directory(folder.path() / "later");

    REQUIRE(writer.flush(10s));
    CHECK(content(folder.file("later/log")) == "kept\n");
    CHECK(standard_error.read().find("cannot be opened: No such file") != std::string::npos);
}

TEST_CASE("a file that cannot be reopened stays in use, and is tried again") {
    const Folder folder;
    const PipedStandardError standard_error;
    std::filesystem::create_directory(folder.path() / "logs");
    LogWriter writer(to(folder.file("logs/log")));
    writer.add("before");
    REQUIRE(writer.flush(10s));
    std::filesystem::rename(folder.path() / "logs", folder.path() / "moved");

    writer.reopen();
    writer.add("after");

    CHECK(eventually(
        [&] { return content(folder.file("moved/log")).find("after\n") != std::string::npos; }));
    CHECK(eventually([&] {
        return content(folder.file("moved/log")).find("goes on in its old file") !=
               std::string::npos;
    }));
    CHECK(standard_error.read().find("cannot be opened: No such file") != std::string::npos);
    CHECK_FALSE(writer.flush(0ms));
    std::filesystem::create_directory(folder.path() / "logs");
    REQUIRE(writer.flush(10s));
    writer.add("in the new file");
    REQUIRE(writer.flush(10s));
    CHECK(content(folder.file("logs/log")) == "in the new file\n");
}

TEST_CASE("a pipe in the log file's place hides no start, and is written when it is read") {
    const Folder folder;
    const PipedStandardError standard_error;
    REQUIRE(::mkfifo(folder.file().c_str(), 0600) == 0);
    LogWriter writer(to(folder.file()));
    writer.add("a line");
    CHECK(eventually([&] { return writer.failing(); }));

    const FileDescriptor reader(::open(folder.file().c_str(), O_RDONLY | O_NONBLOCK));

    REQUIRE(writer.flush(10s));
    char text[16] = "";
    CHECK(::read(reader.get(), text, sizeof text) == 7);
}

TEST_CASE("a log file that was removed or renamed is opened again, with one line",
          "[log_writer][row:DURABLE-13]") {
    const Folder folder;
    LogWriter writer(to(folder.file()), 50ms);
    writer.add("before");
    REQUIRE(writer.flush(10s));
    const auto lines = [&] {
        const std::string text = content(folder.file());
        return std::count(text.begin(), text.end(), '\n');
    };
    SECTION("removed") {
        std::filesystem::remove(folder.file());
    }
    SECTION("renamed") {
        std::filesystem::rename(folder.file(), folder.file("log.1"));
    }
    SECTION("replaced") {
        std::filesystem::rename(folder.file(), folder.file("log.1"));
        std::ofstream(folder.file()).close();
    }

    REQUIRE(eventually([&] { return lines() == 1; }));
    CHECK(content(folder.file()).find("removed or renamed") != std::string::npos);
    std::this_thread::sleep_for(200ms);
    writer.add("after");
    REQUIRE(writer.flush(10s));
    CHECK(lines() == 2);
}
