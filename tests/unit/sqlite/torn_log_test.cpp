// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

TEST_CASE_METHOD(SqliteFixture, "a torn log holds whole commits, from the first on", "[sqlite]") {
    const Registration a = registered("t1", "a");
    const Registration b = registered("t2", "b");
    close();
    open();  // begins a new log
    for (std::int32_t count = 1; count <= 20; ++count) {
        REQUIRE(stage({event(a, Kind::NewMail, count), event(b, Kind::NewMail, count)}));
    }
    const std::filesystem::path copy = directory().path() / "copy.db";
    const std::string log_file = file().string() + "-wal";
    const std::string log_copy = copy.string() + "-wal";
    const std::uintmax_t size = std::filesystem::file_size(log_file);

    std::int32_t before = 0;
    for (std::uintmax_t length = 0; length <= size; length += size / 23) {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            std::filesystem::remove(copy.string() + suffix);
        std::filesystem::copy_file(file(), copy);
        std::filesystem::copy_file(log_file, log_copy);
        std::filesystem::resize_file(log_copy, length);

        const auto torn = openFile(copy);
        std::int32_t counts[2] = {0, 0};
        torn->events().eachPending(
            [&](const Pending& row) { counts[row.registration == b.id] = row.count; });
        CHECK(counts[0] == counts[1]);
        CHECK(counts[0] >= before);
        before = counts[0];
    }
    CHECK(before >= 18);
}
