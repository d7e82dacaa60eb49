// SPDX-License-Identifier: Apache-2.0
#include "net/intake.h"

#include <catch2/catch.hpp>

#include <string>

using namespace postbell::net;
using Progress = RequestReader::Progress;

namespace {

const std::string kHead = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";

struct Bench {
    /// Bytes that came with one read of the socket, of which nothing is borrowed afterwards.
    Progress receive(const std::string& bytes) {
        intake.add(bytes);
        const Progress progress = intake.read();
        intake.keep();
        return progress;
    }

    const Limits limits{.header_bytes = 64 * 1024};
    const MemoryShare::Total receiving_bytes = std::make_shared<std::atomic<std::size_t>>(0);
    const MemoryShare::Total work_bytes = std::make_shared<std::atomic<std::size_t>>(0);
    Intake intake{limits, receiving_bytes, false};

    Request take() { return intake.take(MemoryShare(work_bytes)); }
    /// What the connection holds now.
    std::size_t held() {
        intake.countShare();
        return *receiving_bytes;
    }
};

}  // namespace

TEST_CASE("a request that comes whole needs no memory of its own") {
    Bench bench;
    const std::string bytes = kHead + "abc";
    bench.intake.add(bytes);
    REQUIRE(bench.intake.read() == Progress::HeadDone);
    CHECK(bench.intake.head().path == "/p");
    CHECK(bench.intake.bodyIsHere());
    REQUIRE(bench.intake.read() == Progress::Complete);

    CHECK(bench.take().body == "abc");
    CHECK(bench.intake.empty());
    CHECK(*bench.receiving_bytes == 0);
}

TEST_CASE("the parts of a request are kept, and their memory is counted") {
    Bench bench;
    CHECK(bench.receive(kHead.substr(0, 20)) == Progress::Head);
    CHECK_FALSE(bench.intake.empty());
    CHECK(bench.held() >= 20);
    CHECK(bench.receive(kHead.substr(20) + "a") == Progress::HeadDone);
    CHECK_FALSE(bench.intake.bodyIsHere());
    CHECK(bench.intake.read() == Progress::Body);
    CHECK(bench.receive("bc") == Progress::Complete);
    bench.intake.countShare();

    CHECK(bench.take().body == "abc");
    CHECK(*bench.receiving_bytes == 0);
}

TEST_CASE("a request behind another is read after it") {
    Bench bench;
    const std::string bytes = kHead + "abc" + kHead + "def";
    bench.intake.add(bytes);
    for (const char* body : {"abc", "def"}) {
        CHECK_FALSE(bench.intake.empty());
        REQUIRE(bench.intake.read() == Progress::HeadDone);
        REQUIRE(bench.intake.read() == Progress::Complete);
        CHECK(bench.take().body == body);
    }
    CHECK(bench.intake.empty());
}

TEST_CASE("a connection that waits keeps no large buffer") {
    Bench bench;
    const std::string field = "X: " + std::string(40'000, 'x') + "\r\n";
    CHECK(bench.receive("GET / HTTP/1.1\r\nHost: a\r\n" + field) == Progress::Head);
    CHECK(bench.held() >= 40'000);
    CHECK(bench.receive("\r\n") == Progress::HeadDone);
    CHECK(bench.intake.read() == Progress::Complete);
    bench.take();
    bench.intake.keep();
    CHECK(bench.held() <= 4 * 1024);
}

TEST_CASE("a request's memory counts as long as the request is, wherever it goes") {
    Bench bench;
    const std::string body(100'000, 'x');
    bench.receive("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    REQUIRE(bench.intake.read() == Progress::Body);
    CHECK(bench.receive(body.substr(0, 60'000)) == Progress::Body);
    REQUIRE(bench.receive(body.substr(60'000)) == Progress::Complete);
    bench.intake.countShare();
    {
        Request request = bench.take();
        CHECK(*bench.receiving_bytes == 0);
        const std::size_t held = *bench.work_bytes;
        CHECK(held >= body.size());
        CHECK(held < body.size() + 8 * 1024);
        CHECK(request.memory.bytes() == held);
        const Request elsewhere = std::move(request);
        CHECK(*bench.work_bytes == held);
    }
    CHECK(*bench.work_bytes == 0);
}

TEST_CASE("the head of a request whose body is outstanding counts") {
    Bench bench;
    std::string head = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n";
    for (int i = 0; i < 90; ++i)
        head += "x" + std::to_string(i) + ": " + std::string(150, 'v') + "\r\n";
    REQUIRE(bench.receive(head + "\r\n") == Progress::HeadDone);
    // The fields' texts, and a place for each in the list.
    CHECK(bench.held() >= head.size() + 90 * sizeof(HeaderList::value_type));
}

TEST_CASE("discarded bytes are gone, and their memory is given back") {
    Bench bench;
    bench.receive(kHead + "a");
    bench.intake.countShare();
    CHECK(*bench.receiving_bytes > 0);
    bench.intake.discard();
    CHECK(*bench.receiving_bytes == 0);
    CHECK(bench.intake.empty());
    CHECK(bench.receive(kHead) == Progress::HeadDone);
}

TEST_CASE("the memory that TLS holds for a connection counts, and ends with it") {
    const Limits limits;
    const auto receiving_bytes = std::make_shared<std::atomic<std::size_t>>(0);
    {
        Intake intake(limits, receiving_bytes, true);
        intake.countShare();
        CHECK(*receiving_bytes >= 16 * 1024);
    }
    CHECK(*receiving_bytes == 0);
}
