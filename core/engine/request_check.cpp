// SPDX-License-Identifier: Apache-2.0
#include "engine/request_check.h"

#include <algorithm>
#include <array>

namespace postbell::engine {
namespace {

/// A set of bytes: one look for each, since every push goes through here.
using Bytes = std::array<bool, 256>;

constexpr Bytes bytesWhere(bool (*is_in)(char)) {
    Bytes bytes{};
    for (unsigned i = 0; i < bytes.size(); ++i) bytes[i] = is_in(static_cast<char>(i));
    return bytes;
}

constexpr bool isMark(char c) {
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 9110, 5.6.2.
constexpr Bytes kMethod = bytesWhere([](char c) { return c >= 'A' && c <= 'Z'; });
constexpr Bytes kLowerToken = bytesWhere(
    [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || isMark(c); });
constexpr Bytes kPath = bytesWhere([](char c) { return c > ' ' && c <= '~' && c != '#'; });
// RFC 9110, 5.5, with bytes above 127, which are opaque.
constexpr Bytes kValue = bytesWhere(
    [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); });

bool isAllOf(std::string_view text, const Bytes& bytes) {
    return std::all_of(text.begin(), text.end(),
                       [&bytes](char c) { return bytes[static_cast<unsigned char>(c)]; });
}

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

/// Of one connection's HTTP/1.1 (RFC 9113, 8.2.2), or added by the engine.
bool isEnginesOwn(std::string_view name) {
    constexpr std::string_view kNames[] = {"connection", "content-length",   "host",
                                           "keep-alive", "proxy-connection", "te",
                                           "upgrade",    "transfer-encoding"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

std::string_view requestBreach(const RequestView& request) {
    if (request.method.empty() || !isAllOf(request.method, kMethod))
        return "the request's method is not a word in capital letters";
    if (!request.path.starts_with('/') || !isAllOf(request.path, kPath))
        return "the request's path does not begin with a slash or has a character that paths do "
               "not have";
    for (const Header& header : request.headers) {
        if (header.name.empty() || !isAllOf(header.name, kLowerToken))
            return "the name of a request's header is not a token in lower case";
        if (isEnginesOwn(header.name)) return "a request's header belongs to the connection";
        if (!isAllOf(header.value, kValue))
            return "the value of a request's header has a line break or another control character";
        if (!header.value.empty() &&
            (isBlank(header.value.front()) || isBlank(header.value.back())))
            return "the value of a request's header begins or ends with a blank";
    }
    return {};
}

}  // namespace postbell::engine
