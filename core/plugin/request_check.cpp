// SPDX-License-Identifier: Apache-2.0
#include "plugin/request_check.h"

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

}  // namespace

std::string headerBreach(const postbell_header& header) {
    const std::string_view name = view(header.name);
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
    if (!util::isMethod(view(request.method)))
        return "the method " + shown(view(request.method)) + " is not in capital letters";
    const std::string_view path = view(request.path);
    if (!path.starts_with('/')) return "the path " + shown(path) + " does not begin with a slash";
    if (!util::isPath(path))
        return "the path " + shown(path) + " has a character that paths do not have";
    if (request.headers == nullptr && request.header_count != 0)
        return "the headers point to nothing";
    for (std::size_t i = 0; i < request.header_count; ++i)
        if (std::string breach = headerBreach(request.headers[i]); !breach.empty()) return breach;
    if (request.body.ptr == nullptr && request.body.len != 0) return "the body points to nothing";
    return {};
}

}  // namespace postbell::plugin
