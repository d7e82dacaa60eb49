// SPDX-License-Identifier: Apache-2.0
// Memory that is missing while a config is read ends the process with a sentence.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <new>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "support/failing_new.h"
#include "util/file_descriptor.h"

namespace {

constexpr int kRead = 10, kThrown = 11;

struct End {
    int status;
    std::string said;
};

/// How a process ends that reads a config and is given memory `granted` times.
End readWith(std::size_t granted) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const postbell::util::FileDescriptor reader(ends[0]);
    postbell::util::FileDescriptor writer(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        try {
            postbell::testing::failAllocations(granted, 1);
            postbell::config::parse("[secrets]\nmaster_key_env = \"KEY\"\n", "p.toml");
            ::_exit(postbell::testing::endOfFailures() == 0 ? kRead : EXIT_SUCCESS);
        } catch (const std::bad_alloc&) {
            ::_exit(kThrown);
        }
    }
    writer = postbell::util::FileDescriptor();
    End end{};
    char bytes[256];
    for (ssize_t n = 0; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;)
        end.said.append(bytes, static_cast<std::size_t>(n));
    REQUIRE(::waitpid(child, &end.status, 0) == child);
    return end;
}

}  // namespace

TEST_CASE("wherever memory ends while a config is read, the caller is told or a sentence says so") {
    std::size_t sentences = 0;
    for (std::size_t granted = 0;; ++granted) {
        const End end = readWith(granted);
        REQUIRE(WIFEXITED(end.status));
        if (WEXITSTATUS(end.status) == kRead) break;
        if (WEXITSTATUS(end.status) != EXIT_FAILURE) continue;
        ++sentences;
        REQUIRE(end.said == "postbell: no memory left to read the config\n");
    }
    CHECK(sentences > 0);
}
