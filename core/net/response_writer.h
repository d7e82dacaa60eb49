// SPDX-License-Identifier: Apache-2.0
// From an answer to bytes.
#pragma once
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace postbell::net {

/// Facts of the request and the connection that an answer's form depends on.
struct AnswerForm {
    bool head_only = false;  ///< HEAD: the length, without the body
    bool keep_alive = true;
    bool http_1_0 = false;
};

/// Appends the answer to `out`. Fields that are the server's business (content-length, connection,
/// date, ...) and fields that would break the message (a line break in a value) are left out; false
/// if there was a field of the second kind.
bool writeResponse(std::string& out, const Response& response, const AnswerForm& form,
                   std::string_view date);

/// The handler asks for the connection's end.
bool asksToClose(const Response& response);

}  // namespace postbell::net
