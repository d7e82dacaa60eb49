// SPDX-License-Identifier: Apache-2.0
#include "admin/refused_calls.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "store/records/store_error.h"
#include "support/fake_clock.h"
#include "support/temporary_folder.h"

using namespace postbell;
using admin::RefusedCalls;

namespace {

struct Bench {
    testing::FakeClock clock;
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Warning, log::Format::Text, folder.file("log")}};
    std::vector<std::string> audited;
    bool store_away = false;
    RefusedCalls calls{[this](const std::string&, const std::string& what, util::WallTime) {
                           if (store_away) throw store::StoreError("the disk is full");
                           audited.push_back(what);
                       },
                       clock, log};

    void wrongToken(const std::string& peer) {
        calls.note(RefusedCalls::Why::WrongToken, "admin API", peer);
    }
    std::size_t logLines() {
        log.flush();
        std::ifstream in(folder.file("log"));
        std::size_t lines = 0;
        for (std::string line; std::getline(in, line);) ++lines;
        return lines;
    }
};

}  // namespace

TEST_CASE("wrong tokens of one peer leave one line a minute, which tells how many were left out") {
    Bench bench;
    for (int i = 0; i < 100; ++i) bench.wrongToken("192.0.2.1");
    CHECK(bench.audited ==
          std::vector<std::string>{"refused wrong_token peer=192.0.2.1 suppressed=0"});
    CHECK(bench.logLines() == 1);

    bench.clock.advance(std::chrono::minutes(1));
    bench.wrongToken("192.0.2.1");
    CHECK(bench.audited.back() == "refused wrong_token peer=192.0.2.1 suppressed=99");
    CHECK(bench.logLines() == 2);
}

TEST_CASE("a stranger with many addresses cannot fill the disk") {
    Bench bench;
    for (int minute = 0; minute < 2 * 24 * 60; ++minute) {
        for (int peer = 0; peer < 100; ++peer)
            bench.wrongToken("2001:db8::" + std::to_string(peer));
        if (minute == 0) CHECK(bench.audited.size() == 16);
        if (minute == 24 * 60 - 1) CHECK(bench.audited.size() == RefusedCalls::kMaxAuditedADay);
        bench.clock.advance(std::chrono::minutes(1));
    }
    CHECK(bench.audited.size() == 2 * RefusedCalls::kMaxAuditedADay);
}

TEST_CASE("a refused call stays refused while the store is away") {
    Bench bench;
    bench.store_away = true;
    CHECK_NOTHROW(bench.wrongToken("192.0.2.1"));
    CHECK(bench.logLines() == 1);
}
