// SPDX-License-Identifier: Apache-2.0
#include "plugin/request_check.h"

#include <string>
#include <string_view>

#include "plugin/text.h"
#include "util/http_syntax.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxShown = 64;

std::string shown(std::string_view text) {
    std::string quoted("\"");
    return quoted.append(util::printable(text, kMaxShown)).append(1, '"');
}

std::string tooLong(const std::string& field, std::size_t bytes, std::size_t max) {
    return field + " has " + std::to_string(bytes) + " bytes, and at most " + std::to_string(max) +
           " are accepted";
}

}  // namespace

std::string headerBreach(const postbell_header& header) {
    if (!fits(header.name, POSTBELL_MAX_HEADER_NAME_BYTES))
        return tooLong("the name of a header", header.name.len, POSTBELL_MAX_HEADER_NAME_BYTES);
    const std::string_view name = view(header.name);
    if (!fits(header.value, POSTBELL_MAX_HEADER_VALUE_BYTES))
        return tooLong("the value of the header " + shown(name), header.value.len,
                       POSTBELL_MAX_HEADER_VALUE_BYTES);
    const std::string_view value = view(header.value);
    if (!util::isFieldName(name))
        return "the name of the header " + shown(name) + " is not a token in lower case";
    if (util::isConnectionsOwn(name)) return "the header " + shown(name) + " is the gateway's own";
    if (header.value.ptr == nullptr && header.value.len != 0)
        return "the value of the header " + shown(name) + " points to nothing";
    if (value.ends_with('\n') || value.ends_with('\r'))
        return "the value of the header " + shown(name) + " has a line break at its end";
    if (!util::isFieldText(value))
        return "the value of the header " + shown(name) + " has a control character";
    if (util::hasBlankEnd(value))
        return "the value of the header " + shown(name) + " begins or ends with a blank";
    return {};
}

std::string requestBreach(const postbell_http_request& request) {
    if (!fits(request.method, POSTBELL_MAX_METHOD_BYTES))
        return tooLong("the method", request.method.len, POSTBELL_MAX_METHOD_BYTES);
    const std::string_view method = view(request.method);
    if (!util::isMethod(method))
        return "the method " + shown(method) + " is not in capital letters";
    if (method == "CONNECT") return "the method CONNECT asks for a tunnel";
    if (!fits(request.origin, POSTBELL_MAX_ORIGIN_BYTES))
        return tooLong("the origin", request.origin.len, POSTBELL_MAX_ORIGIN_BYTES);
    if (!fits(request.path, POSTBELL_MAX_PATH_BYTES))
        return tooLong("the path", request.path.len, POSTBELL_MAX_PATH_BYTES);
    const std::string_view path = view(request.path);
    if (!path.starts_with('/')) return "the path " + shown(path) + " does not begin with a slash";
    if (!util::isPath(path))
        return "the path " + shown(path) + " has a character that paths do not have";
    if (request.headers == nullptr && request.header_count != 0)
        return "the headers point to nothing";
    if (request.header_count > POSTBELL_MAX_REQUEST_HEADERS)
        return "it has " + std::to_string(request.header_count) + " headers, and at most " +
               std::to_string(POSTBELL_MAX_REQUEST_HEADERS) + " are accepted";
    for (std::size_t i = 0; i < request.header_count; ++i)
        if (std::string breach = headerBreach(request.headers[i]); !breach.empty()) return breach;
    if (request.body.ptr == nullptr && request.body.len != 0) return "the body points to nothing";
    if (!fits(request.body, POSTBELL_MAX_REQUEST_BYTES))
        return tooLong("the body", request.body.len, POSTBELL_MAX_REQUEST_BYTES);
    touch(request.body);
    return {};
}

}  // namespace postbell::plugin
