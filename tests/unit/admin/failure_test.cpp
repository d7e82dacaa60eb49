// SPDX-License-Identifier: Apache-2.0
#include "admin/failure.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

#include "store/records/store_error.h"

using namespace postbell;

namespace {

template <class Exception>
web::Problem problemOf(const Exception& exception) {
    try {
        throw exception;
    } catch (...) {
        return admin::asProblem();
    }
}

}  // namespace

TEST_CASE("a command's failure is answered with the status of its cause", "[admin]") {
    CHECK(problemOf(web::Problem(409, "there already")).status() == 409);
    const web::Problem store = problemOf(store::StoreError("the disk is full"));
    CHECK(store.status() == 503);
    CHECK(std::string(store.what()).find("the store failed: the disk is full") == 0);
    try {
        nlohmann::json(7).get<std::string>();
    } catch (const nlohmann::json::exception&) {
        const web::Problem type = admin::asProblem();
        CHECK(type.status() == 400);
        CHECK(std::string(type.what()).find("an argument has the wrong type") == 0);
    }
}

TEST_CASE("a failure that no caller can mend goes on to the barrier", "[admin]") {
    CHECK_THROWS_AS(problemOf(std::runtime_error("a defect")), std::runtime_error);
}
