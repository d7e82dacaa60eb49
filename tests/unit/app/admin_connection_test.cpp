// SPDX-License-Identifier: Apache-2.0
#include "app/admin_connection.h"

#include <catch2/catch.hpp>

#include <cerrno>

#include "support/temporary_folder.h"

using namespace postbell;
using Catch::Matchers::Contains;

TEST_CASE("a socket whose gateway has just gone is no matter of rights") {
    const testing::TemporaryFolder folder;
    const std::string gone = folder.file("postbell.db.admin");

    const std::string why = app::connectFailure(gone, ECONNREFUSED);

    CHECK_THAT(why, Contains("no process answers") && !Contains("may not be used"));
    CHECK_THAT(app::connectFailure(gone, EACCES), Contains("may not be used by this user"));
}
