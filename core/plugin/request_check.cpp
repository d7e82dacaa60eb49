// SPDX-License-Identifier: Apache-2.0
#include "plugin/request_check.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "plugin/text.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxShown = 64;

/// Of the connection, which is the host's, or added by the engine.
constexpr std::array<std::string_view, 8> kHostsOwn{"connection",        "content-length",   "host",
                                                    "keep-alive",        "proxy-connection", "te",
                                                    "transfer-encoding", "upgrade"};

bool isCapital(char c) {
    return c >= 'A' && c <= 'Z';
}

/// RFC 9110, 5.6.2, without capital letters.
bool isLowerToken(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
}

/// RFC 9112, 3.2.1: a fragment is no part of what is asked for.
bool isOfPath(char c) {
    return c > ' ' && c < 0x7f && c != '#';
}

bool isControl(char c) {
    return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

template <class Predicate>
bool all(std::string_view text, Predicate&& predicate) {
    return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

std::string shown(std::string_view text) {
    std::string quoted("\"");
    return quoted.append(printable(text, kMaxShown)).append(1, '"');
}

}  // namespace

std::string headerBreach(const postbell_header& header) {
    const std::string_view name = view(header.name);
    const std::string_view value = view(header.value);
    if (!all(name, isLowerToken))
        return "the name of the header " + shown(name) + " is not a token in lower case";
    if (std::find(kHostsOwn.begin(), kHostsOwn.end(), name) != kHostsOwn.end())
        return "the header " + shown(name) + " is the gateway's own";
    if (header.value.ptr == nullptr && header.value.len != 0)
        return "the value of the header " + shown(name) + " points to nothing";
    if (std::any_of(value.begin(), value.end(), isControl))
        return "the value of the header " + shown(name) + " has a control character";
    if (!value.empty() && (isBlank(value.front()) || isBlank(value.back())))
        return "the value of the header " + shown(name) + " begins or ends with a blank";
    return {};
}

std::string requestBreach(const postbell_http_request& request) {
    if (!all(view(request.method), isCapital))
        return "the method " + shown(view(request.method)) + " is not in capital letters";
    const std::string_view path = view(request.path);
    if (!path.starts_with('/')) return "the path " + shown(path) + " does not begin with a slash";
    if (!all(path, isOfPath))
        return "the path " + shown(path) + " has a character that paths do not have";
    if (request.headers == nullptr && request.header_count != 0)
        return "the headers point to nothing";
    for (std::size_t i = 0; i < request.header_count; ++i)
        if (std::string breach = headerBreach(request.headers[i]); !breach.empty()) return breach;
    if (request.body.ptr == nullptr && request.body.len != 0) return "the body points to nothing";
    return {};
}

}  // namespace postbell::plugin
