// SPDX-License-Identifier: Apache-2.0
// From an answer to bytes.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "net/http_server.h"

namespace postbell::net {

/// Facts of the request and the connection that an answer's form depends on.
struct AnswerForm {
    bool head_only = false;  ///< HEAD: the length, without the body
    bool keep_alive = true;
    bool http_1_0 = false;
};

/// Appends the answer to `out`. Fields that are the server's business (content-length, connection,
/// date, ...) and fields that would break the message (a line break in a value) are left out.
/// Gives the first field of the second kind, null if there was none.
const std::pair<std::string, std::string>* writeResponse(std::string& out, const Response& response,
                                                         const AnswerForm& form,
                                                         std::string_view date);

/// The handler asks for the connection's end.
bool asksToClose(const Response& response);

}  // namespace postbell::net
