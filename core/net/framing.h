// SPDX-License-Identifier: Apache-2.0
// From bytes to the head of an HTTP/1.1 request, or to the reason why not. Pure: no sockets, no
// clock.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace postbell::net {

/// Why a request is not served. `title` is a literal.
struct Refusal {
    int status = 400;
    std::string_view title;
};

struct HeadLimits {
    std::size_t bytes = 16 * 1024;
    std::size_t fields = 100;
};

/// Finds the end of a head in bytes that arrive bit by bit, looking at each byte once, and refuses
/// at once bytes that cannot become a request: another protocol, a line that ends in a bare LF, too
/// much.
class HeadScanner {
  public:
    enum class Progress { Incomplete, Complete, Refused };

    explicit HeadScanner(HeadLimits limits) : limits_(limits) {}
    /// `bytes`: everything since the last reset(), the bytes of earlier calls included.
    Progress scan(std::string_view bytes);
    /// After Complete: where the head begins (an empty line may come before it, RFC 9112 2.2) and
    /// where its body begins.
    std::size_t begin() const { return begin_; }
    std::size_t end() const { return line_begin_; }
    const Refusal& refusal() const { return refusal_; }
    void reset() { *this = HeadScanner(limits_); }

  private:
    Progress refuse(int status, std::string_view title);
    Progress refuseSize();
    Progress checkFirstByte(char first);

    HeadLimits limits_;
    Refusal refusal_;
    std::size_t begin_ = 0;
    std::size_t line_begin_ = 0;
    std::size_t scanned_ = 0;
    std::size_t lines_ = 0;
};

struct RequestHead {
    std::string method;
    std::string path;
    std::string query;
    HeaderList headers;  ///< names in lower case
    bool http_1_0 = false;
    bool keep_alive = true;
    bool chunked = false;
    std::uint64_t content_length = 0;
    bool expects_continue = false;
};

/// `head`: from begin() to end() of a complete scan. Strict where a proxy in front might read the
/// same bytes otherwise (request smuggling, RFC 9112 11.2).
std::optional<Refusal> parseHead(std::string_view head, RequestHead& out);

/// A header or trailer field as RFC 9112 5 wants it, without the line's end; nothing if the line is
/// no such field.
struct FieldLine {
    std::string_view name, value;
};
std::optional<FieldLine> parseFieldLine(std::string_view line);

bool equalsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace postbell::net
