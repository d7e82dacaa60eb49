// SPDX-License-Identifier: Apache-2.0
// Against a server that is not ours.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <string>

#include "engine_fixture.h"
#include "support/loopback.h"

using namespace postbell;
using namespace postbell::test;

namespace {

class Nghttpd {
  public:
    Nghttpd(const CertificatePem& pem) : certificate_(pem.certificate), key_(pem.key) {
        std::string port = std::to_string(port_), key = key_.path(),
                    certificate = certificate_.path();
        std::string program = NGHTTPD, address = "--address=127.0.0.1", echo = "--echo-upload";
        char* arguments[] = {program.data(), address.data(),     echo.data(), port.data(),
                             key.data(),     certificate.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        started_ = ::posix_spawn(&process_, NGHTTPD, &actions, nullptr, arguments, environ) == 0;
        posix_spawn_file_actions_destroy(&actions);
    }
    ~Nghttpd() {
        if (!started_) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    Nghttpd(const Nghttpd&) = delete;
    Nghttpd& operator=(const Nghttpd&) = delete;

    bool listening() const {
        const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopbackAddress(port_);
        const bool there =
            ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(probe);
        return there;
    }
    std::string origin() const { return "https://localhost:" + std::to_string(port_); }

  private:
    const TemporaryFile certificate_, key_;
    const std::uint16_t port_ = unusedPort();
    pid_t process_ = 0;
    bool started_ = false;
};

}  // namespace

TEST_CASE("two thousand requests to nghttpd are answered, each with its own body", "[engine]") {
    EngineFixture fixture;
    Nghttpd server(fixture.certificate);
    REQUIRE(eventually([&] { return server.listening(); }));
    fixture.open(fixture.options(server.origin()));
    constexpr std::uint64_t kRequests = 2'000;
    std::uint64_t next = 1;
    const auto fill = [&] {
        const std::vector<engine::Header> headers{{"apns-topic", "com.example.mail"},
                                                  {"authorization", "bearer x", true}};
        while (next <= kRequests && fixture.pool->slots() > 0) {
            fixture.pool->submit({"POST", "/3/device/" + std::to_string(next), headers,
                                  "body " + std::to_string(next)},
                                 next);
            ++next;
        }
    };
    fixture.onReady(fill);

    fixture.loop.runAndWait(fill);

    REQUIRE(eventually([&] { return fixture.sink.count() == kRequests; }));
    for (std::uint64_t tag = 1; tag <= kRequests; ++tag) {
        const auto answer = fixture.sink.wait(tag);
        REQUIRE(answer.status == 200);
        REQUIRE(answer.body == "body " + std::to_string(tag));
    }
    CHECK(fixture.stats().connects == 1);
}
