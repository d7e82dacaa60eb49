// SPDX-License-Identifier: Apache-2.0
#include "net/response_writer.h"

#include <Poco/Net/HTTPResponse.h>

#include <algorithm>
#include <charconv>

#include "net/framing.h"
#include "util/http_syntax.h"

namespace postbell::net {
namespace {

void appendNumber(std::string& out, std::size_t number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

bool isServersBusiness(std::string_view name) {
    constexpr std::string_view kNames[] = {"content-length", "transfer-encoding", "connection",
                                           "keep-alive", "date"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [name](std::string_view other) { return equalsIgnoringCase(name, other); });
}

bool hasBody(int status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

Response problem(int status, std::string_view title) {
    Response response{status, {{"content-type", "application/problem+json"}}, "{\"title\":"};
    log::appendJsonString(response.body, title);
    response.body.append(",\"status\":").append(std::to_string(status)).append("}");
    return response;
}

bool asksToClose(const Response& response) {
    return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& field) {
        return equalsIgnoringCase(field.first, "connection") &&
               equalsIgnoringCase(field.second, "close");
    });
}

const std::pair<std::string, std::string>* writeResponse(std::string& out, const Response& response,
                                                         const AnswerForm& form,
                                                         std::string_view date) {
    using Poco::Net::HTTPResponse;
    const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
    const std::pair<std::string, std::string>* left_out = nullptr;
    out.append("HTTP/1.1 ");
    appendNumber(out, static_cast<std::size_t>(status));
    out.append(" ")
        .append(HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(status)))
        .append("\r\ndate: ")
        .append(date)
        .append("\r\n");
    for (const auto& field : response.headers) {
        const auto& [name, value] = field;
        if (isServersBusiness(name)) continue;
        if (util::isToken(name) && util::isFieldText(value))
            out.append(name).append(": ").append(value).append("\r\n");
        else if (left_out == nullptr)
            left_out = &field;
    }
    if (hasBody(status)) {
        out.append("content-length: ");
        appendNumber(out, response.body.size());
        out.append("\r\n");
    }
    if (!form.keep_alive)
        out.append("connection: close\r\n");
    else if (form.http_1_0)
        out.append("connection: keep-alive\r\n");
    out.append("\r\n");
    if (hasBody(status) && !form.head_only) out.append(response.body);
    return left_out;
}

}  // namespace postbell::net
