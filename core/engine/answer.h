// SPDX-License-Identifier: Apache-2.0
// Requests to the engine, and its answers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::engine {

/// A `secret` field never enters an HPACK table (RFC 7541, 7.1.3); a field that `varies` is not
/// worth an entry.
struct Header {
    std::string_view name;  ///< lower case
    std::string_view value;
    bool secret = false;
    bool varies = false;
};

/// Borrowed for the length of submit(). Without pseudo-headers and content-length, which the engine
/// adds.
struct RequestView {
    std::string_view method;
    std::string_view path;
    const std::vector<Header>& headers;
    std::string_view body;
};

/// Why there is no HTTP answer.
enum class Failure {
    None,       ///< there is an answer
    Connect,    ///< no connection: refused, DNS, proxy, time-out; nothing was sent
    Crowded,    ///< too many connections or look-ups of this machine's: nothing was sent
    Forbidden,  ///< the pool may connect to no address of the origin
    Tls,  ///< no connection: the peer's certificate or ours was refused, or no h2; nothing was sent
    Lost,       ///< the connection ended after the request was sent: the peer may have processed it
    Timeout,    ///< no answer in time: the peer may have processed it
    Refused,    ///< the peer refused the stream again and again without processing it
    Malformed,  ///< the request is no valid one (RFC 9113, 8.2 and 8.3): nothing was sent
    Shutdown,   ///< the pool was closed before the request was sent
};

/// The peer's answer. Views are valid during AnswerSink::answered() only.
struct Answer {
    /// The rest is not waited for: the status has the outcome, and a larger body is an error, or an
    /// attack.
    static constexpr std::size_t kMaxBodyBytes = 64 * 1024;

    Failure failure = Failure::None;
    int status = 0;  ///< 0 unless failure is None
    std::vector<Header> headers;
    std::string_view body;         ///< cut off at kMaxBodyBytes
    std::string_view detail;       ///< for people: the reason of the failure
    std::uint64_t connection = 0;  ///< for Pool::retire(): it brought the answer, or
                                   ///< kept it back until the time ran out; 0: none
};

/// Receives answers. Called on the loop's thread, never from inside submit().
class AnswerSink {
  public:
    virtual ~AnswerSink() = default;
    /// Exactly once for each submit(), with its tag.
    virtual void answered(std::uint64_t tag, const Answer& answer) = 0;
    /// slots() rose from 0: more may be submitted.
    virtual void ready() = 0;
};

}  // namespace postbell::engine
