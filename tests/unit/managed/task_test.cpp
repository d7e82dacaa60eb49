// SPDX-License-Identifier: Apache-2.0
#include "managed/task.h"

#include <catch2/catch.hpp>

using namespace postbell::managed;

TEST_CASE("tasks and results are named as logs and metrics have them", "[managed]") {
    CHECK(name(TaskKind::Claim) == "claim");
    CHECK(name(TaskKind::Subscribe) == "subscribe");
    CHECK(name(TaskKind::Renew) == "renew");
    CHECK(name(TaskKind::Reauthorize) == "reauthorize");
    CHECK(name(TaskKind::Unsubscribe) == "unsubscribe");
    CHECK(name(TaskKind::Count) == "count");
    CHECK(name(TaskKind::Refresh) == "refresh");
    CHECK(name(TaskKind::Check) == "check");
    CHECK(name(TaskKind::Confirm) == "confirm");
    CHECK(name(TaskResult::Kind::Done) == "done");
    CHECK(name(TaskResult::Kind::Retry) == "retry");
    CHECK(name(TaskResult::Kind::Gone) == "gone");
    CHECK(name(TaskResult::Kind::Refused) == "refused");
}

TEST_CASE("a plugin's defect refuses every task but a claim", "[managed]") {
    CHECK(defect(TaskKind::Subscribe, "why").kind == TaskResult::Kind::Refused);
    CHECK(defect(TaskKind::Subscribe, "why").problem == "why");
    CHECK(defect(TaskKind::Claim, "why").kind == TaskResult::Kind::Retry);
}
