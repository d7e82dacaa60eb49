// SPDX-License-Identifier: Apache-2.0
// JSON costs the one who reads it no more than an exception where memory is short.
#include <catch2/catch.hpp>

#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "support/failing_new.h"

using nlohmann::json;
using postbell::testing::endOfFailures;
using postbell::testing::failAllocations;

namespace {

const std::string kBody = R"({"app": "com.example.mail of a length that needs memory", "unread": 3,
    "grants": {"office365": {"id_token": "a", "more": [1, [], {}, [[2], {"b": [true, null]}]]}},
    "list": ["x", "y", {"z": [{}, "an element of a length that needs memory as well"]}]})";
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

}  // namespace

TEST_CASE("JSON is destroyed, moved and replaced without memory") {
    std::optional<json> body = json::parse(kBody);
    json other = json::parse(kBody);

    failAllocations(0, kAll);
    json moved = std::move(*body);
    other = std::move(moved);
    other = nullptr;
    body.reset();

    CHECK(endOfFailures() == 0);
}

TEST_CASE("wherever memory ends while JSON is read, copied and written, the caller is told") {
    std::size_t failed = 0;
    for (std::size_t granted = 0;; ++granted) {
        failAllocations(granted, kAll);
        try {
            const json body = json::parse(kBody);
            // Not by a list in braces, in which nlohmann's constructor loses memory.
            json answer = json::object();
            answer["body"] = body;
            answer["list"] = body["list"];
            static_cast<void>(answer.dump());
        } catch (const std::bad_alloc&) {
        }
        if (endOfFailures() == 0) break;
        ++failed;
    }
    CHECK(failed > 50);
}

TEST_CASE("JSON that is nested deeply is destroyed without exhausting the stack") {
    constexpr int kLevels = 200'000;
    std::string text;
    for (int i = 0; i < kLevels; ++i) text += i % 2 == 0 ? R"([1, {"a": 2, "b": )" : "[[], ";
    text += "0";
    for (int i = kLevels - 1; i >= 0; --i) text += i % 2 == 0 ? "}]" : ", {}]";

    CHECK_NOTHROW(json::parse(text));
}
