// SPDX-License-Identifier: Apache-2.0
#include "net/framing.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "util/http_syntax.h"

namespace postbell::net {
namespace {

constexpr util::ByteSet kTarget([](char c) { return c > ' ' && c <= '~' && c != '#'; });
constexpr util::ByteSet kHost([](char c) {
    const char lower = util::lowerCase(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
});

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the text before `separator` off the front of `rest`.
std::string_view cut(std::string_view& rest, std::string_view separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + separator.size()));
    return part;
}

constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::string_view kVersion = "HTTP/1.1";

bool endsInVersion(std::string_view line) {
    constexpr std::size_t kSize = std::string_view(" HTTP/1.1").size();
    return line.size() > kSize && line.substr(line.size() - kSize, kSize - 3) == " HTTP/" &&
           line[line.size() - 2] == '.';
}

/// Fields that tell the message's end and its host, gathered while the others go by.
struct Framing {
    std::string_view host;
    std::string_view authority;     ///< of a target in absolute form
    std::string_view default_port;  ///< of its scheme, with the colon
    std::string_view coding;        ///< of the body
    bool has_host = false, has_length = false, has_coding = false;
    bool close = false, keep_alive = false;
};

std::optional<Refusal> parseTarget(std::string_view target, RequestHead& out, Framing& framing) {
    if (!kTarget.hasAllOf(target))
        return Refusal{400, "The request target holds a character that must be escaped"};
    if (target == "*" && out.method == "OPTIONS") {
        out.path = target;
        return std::nullopt;
    }
    if (target.empty() || target.front() != '/') {
        // RFC 9112 3.2.2: absolute form must be understood.
        const std::size_t colon = std::min(target.find(':'), target.size());
        const std::string_view scheme = target.substr(0, colon);
        if ((!equalsIgnoringCase(scheme, "http") && !equalsIgnoringCase(scheme, "https")) ||
            target.substr(colon, 3) != "://")
            return Refusal{400, "The request target must be a path"};
        framing.default_port = equalsIgnoringCase(scheme, "http") ? ":80" : ":443";
        target.remove_prefix(colon + 3);
        framing.authority = target.substr(0, std::min(target.find_first_of("/?"), target.size()));
        if (framing.authority.empty() || !kHost.hasAllOf(framing.authority))
            return Refusal{400, "The request target names no valid host"};
        target.remove_prefix(framing.authority.size());
    }
    out.path = cut(target, "?");
    if (out.path.empty()) out.path = "/";
    out.query = target;
    return std::nullopt;
}

std::optional<Refusal> parseRequestLine(std::string_view line, RequestHead& out, Framing& framing) {
    const std::string_view method = cut(line, " ");
    const std::string_view target = cut(line, " ");
    if (method.empty() || method.size() > kMaxMethodBytes || !util::isToken(method))
        return Refusal{400, "The request's method is malformed"};
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (line.size() != kVersion.size() || !line.starts_with("HTTP/") || !digit(line[5]) ||
        line[6] != '.' || !digit(line[7]))
        return Refusal{400, "The request line is malformed"};
    // RFC 9110 2.5: a higher minor version is understood as the highest that is implemented.
    if (line[5] != '1') return Refusal{method == "PRI" ? 400 : 505, "This port speaks HTTP/1.1"};
    out.http_1_0 = line == "HTTP/1.0";
    out.method = method;
    return parseTarget(target, out, framing);
}

std::optional<Refusal> takeContentLength(std::string_view value, RequestHead& out,
                                         Framing& framing) {
    if (framing.has_length) return Refusal{400, "There is more than one Content-Length"};
    framing.has_length = true;
    // from_chars would take a minus; nothing but digits is a length (RFC 9110 8.6).
    if (value.empty() ||
        !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return Refusal{400, "Content-Length is not a number"};
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), out.content_length);
    if (error != std::errc()) return Refusal{413, "The body is too large"};
    return std::nullopt;
}

std::optional<Refusal> takeField(const FieldLine& field, const std::string& name, RequestHead& out,
                                 Framing& framing) {
    if (name == "content-length") return takeContentLength(field.value, out, framing);
    if (name == "host") {
        if (framing.has_host) return Refusal{400, "There is more than one Host"};
        if (!kHost.hasAllOf(field.value)) return Refusal{400, "Host is malformed"};
        framing.has_host = true;
        framing.host = field.value;
    } else if (name == "transfer-encoding") {
        // Any other coding, or a list, is where servers and proxies come to disagree.
        if (framing.has_coding || !equalsIgnoringCase(field.value, "chunked"))
            return Refusal{400, "The only Transfer-Encoding understood is \"chunked\", given once"};
        framing.has_coding = out.chunked = true;
    } else if (name == "content-encoding") {
        if (!equalsIgnoringCase(field.value, "identity")) framing.coding = field.value;
    } else if (name == "connection") {
        for (std::string_view rest = field.value; !rest.empty();) {
            const std::string_view option = trim(cut(rest, ","));
            framing.close |= equalsIgnoringCase(option, "close");
            framing.keep_alive |= equalsIgnoringCase(option, "keep-alive");
        }
    } else if (name == "expect" && !out.http_1_0) {  // RFC 9110 10.1.1: ignored in 1.0
        if (!equalsIgnoringCase(field.value, "100-continue"))
            return Refusal{417, "The only expectation understood is 100-continue"};
        out.expects_continue = true;
    }
    return std::nullopt;
}

/// RFC 9110 4.2.1: the port of the scheme may be left out, or empty.
std::string_view withoutPort(std::string_view host, std::string_view default_port) {
    for (const std::string_view port : {default_port, std::string_view(":")})
        if (host.size() > port.size() && host.substr(host.size() - port.size()) == port)
            return host.substr(0, host.size() - port.size());
    return host;
}

/// Nothing here decodes a body (RFC 9110 15.5.16).
Refusal refusalOfCoding(std::string_view coding) {
    if (equalsIgnoringCase(coding, "gzip") || equalsIgnoringCase(coding, "x-gzip"))
        return {415, "The content coding gzip is not understood: send the body as it is"};
    if (equalsIgnoringCase(coding, "deflate"))
        return {415, "The content coding deflate is not understood: send the body as it is"};
    if (equalsIgnoringCase(coding, "br"))
        return {415, "The content coding br is not understood: send the body as it is"};
    if (equalsIgnoringCase(coding, "zstd"))
        return {415, "The content coding zstd is not understood: send the body as it is"};
    return {415, "No content coding but identity is understood: send the body as it is"};
}

std::optional<Refusal> checkWhole(RequestHead& out, const Framing& framing) {
    if (framing.has_length && framing.has_coding)
        return Refusal{400, "Content-Length and Transfer-Encoding exclude one another"};
    if (framing.has_coding && out.http_1_0)
        return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
    if (!framing.has_host && !out.http_1_0) return Refusal{400, "There is no Host"};
    if (!framing.authority.empty() && framing.has_host &&
        !equalsIgnoringCase(withoutPort(framing.authority, framing.default_port),
                            withoutPort(framing.host, framing.default_port)))
        return Refusal{400, "Host and the request target name different hosts"};
    if (!framing.coding.empty() && (out.chunked || out.content_length > 0))
        return refusalOfCoding(framing.coding);
    out.keep_alive = !framing.close && (!out.http_1_0 || framing.keep_alive);
    return std::nullopt;
}

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return util::lowerCase(x) == util::lowerCase(y); });
}

std::optional<FieldLine> parseFieldLine(std::string_view line) {
    const std::size_t colon = line.find(':');
    // isToken refuses a folded line and a space before the colon as well (RFC 9112 5.1, 5.2).
    if (colon == std::string_view::npos || !util::isToken(line.substr(0, colon)))
        return std::nullopt;
    const FieldLine field{line.substr(0, colon), trim(line.substr(colon + 1))};
    if (!util::isFieldText(field.value)) return std::nullopt;
    return field;
}

std::optional<Refusal> parseHead(std::string_view head, RequestHead& out) {
    Framing framing;
    if (auto refusal = parseRequestLine(cut(head, "\r\n"), out, framing)) return refusal;
    out.headers.reserve(16);
    for (std::string_view line = cut(head, "\r\n"); !line.empty(); line = cut(head, "\r\n")) {
        const auto field = parseFieldLine(line);
        if (!field) return Refusal{400, "A header field is malformed"};
        auto& [name, value] = out.headers.emplace_back(field->name, field->value);
        for (char& c : name) c = util::lowerCase(c);
        if (auto refusal = takeField(*field, name, out, framing)) return refusal;
    }
    return checkWhole(out, framing);
}

HeadScanner::Progress HeadScanner::refuse(int status, std::string_view title) {
    refusal_ = {status, title};
    return Progress::Refused;
}

HeadScanner::Progress HeadScanner::refuseSize() {
    return lines_ == 0 ? refuse(414, "The request line is too long")
                       : refuse(431, "The request's header is too large");
}

HeadScanner::Progress HeadScanner::checkFirstByte(char first) {
    if (first == 0x16)
        return refuse(400, "This port does not speak TLS");  // a ClientHello's record
    if (first == '\r' || util::isTokenCharacter(first)) return Progress::Incomplete;
    return refuse(400, first == '\n' ? "A line ends in a bare LF" : "This is not an HTTP request");
}

HeadScanner::Progress HeadScanner::scan(std::string_view bytes) {
    while (scanned_ < bytes.size()) {
        if (lines_ == 0 && checkFirstByte(bytes[begin_]) == Progress::Refused)
            return Progress::Refused;
        const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
        const std::size_t end =
            found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1
                  : bytes.size();
        if (end > limits_.bytes) return refuseSize();
        scanned_ = end;
        if (!found) return Progress::Incomplete;
        if (end - line_begin_ < 2 || bytes[end - 2] != '\r')
            return refuse(400, "A line ends in a bare LF");
        const std::string_view line = bytes.substr(line_begin_, end - 2 - line_begin_);
        line_begin_ = end;
        if (line.empty()) {
            if (lines_ > 0) return Progress::Complete;
            if (begin_ > 0) return refuse(400, "The request line is empty");
            begin_ = end;
            continue;
        }
        if (lines_ == 0 && !endsInVersion(line))
            return refuse(400, "The request line is malformed");
        if (++lines_ > limits_.fields + 1) return refuse(431, "There are too many header fields");
    }
    return Progress::Incomplete;
}

}  // namespace postbell::net
