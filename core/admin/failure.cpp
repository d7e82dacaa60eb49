// SPDX-License-Identifier: Apache-2.0
#include "admin/failure.h"

#include <nlohmann/json.hpp>

#include <string>

#include "store/records/store_error.h"

namespace postbell::admin {

web::Problem asProblem() {
    try {
        throw;
    } catch (const web::Problem& problem) {
        return problem;
    } catch (const store::StoreError& e) {
        return {503, std::string("the store failed: ") + e.what()};
    } catch (const nlohmann::json::exception& e) {
        return {400, std::string("an argument has the wrong type: ") + e.what()};
    }
}

}  // namespace postbell::admin
