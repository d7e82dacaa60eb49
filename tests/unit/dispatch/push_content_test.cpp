// SPDX-License-Identifier: Apache-2.0
#include "dispatch/flight/push_content.h"

#include <catch2/catch.hpp>

#include <memory>

using namespace postbell;
using namespace postbell::dispatch;

namespace {

PushContent contentForAnApp() {
    PushContent content;
    content.target.app = std::make_shared<const store::App>();
    return content;
}

}  // namespace

TEST_CASE("new mail is urgent for a day, then it goes out quietly", "[row:MERGE-9]") {
    store::Pending row;
    row.mail_generation = row.new_mail_generation = 5;
    row.since = util::fromMs(1);
    PushContent content = contentForAnApp();
    fill(content, row, Part::Mail, util::fromMs(1) + kDay);
    CHECK(content.view().urgency == provider::Urgency::High);
    fill(content, row, Part::Mail, util::fromMs(2) + kDay);
    CHECK(content.view().kind == provider::PushKind::NewMail);
    CHECK(content.view().urgency == provider::Urgency::Quiet);
}

TEST_CASE("a check carries no count", "[row:APNS-6]") {
    store::Pending row;
    row.check_generation = 5;
    row.count = 3;
    PushContent content = contentForAnApp();
    fill(content, row, Part::Check, util::fromMs(1));
    CHECK(content.view().kind == provider::PushKind::CheckRegistration);
    CHECK(content.view().unread == -1);
    CHECK(content.view().badge == -1);
}

TEST_CASE("push ids are UUIDs of version 4") {
    const std::string id = newPushId();
    REQUIRE(id.size() == 36);
    CHECK(id[8] == '-');
    CHECK(id[14] == '4');
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    CHECK(newPushId() != id);
}
