// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fcm_simulator {

/// What is wrong with the body of messages:send; an empty message: nothing.
struct MessageVerdict {
    std::string message;  ///< Google's sentence
    std::string field;    ///< of the BadRequest detail; empty: none
    bool fcm_error = false;
    std::string token;
    bool for_apple = false;
    /// What Google would let pass and a phone would not show, or would be served badly.
    std::vector<const char*> violations;
};

MessageVerdict checkMessage(std::string_view body);

}  // namespace fcm_simulator
