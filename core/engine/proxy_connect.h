// SPDX-License-Identifier: Apache-2.0
// HTTP CONNECT (RFC 9110, 9.3.6): the request, and the proxy's answer to it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::engine {

struct ProxyAddress {
    std::string host;
    std::uint16_t port = 0;
    /// "http://host:port". Throws std::invalid_argument with a sentence for anything else.
    static ProxyAddress parse(std::string_view text);
    std::string text() const;  ///< "host:port"
};

/// The head that asks for a tunnel to `host`:`port`.
std::string connectRequest(std::string_view host, std::uint16_t port);

/// Reads the answer as it comes, after interim ones (1xx). A proxy is not trusted: its heads are
/// limited together, and nothing may follow the last, since a TLS server does not speak first.
class ProxyAnswer {
  public:
    enum class State { Incomplete, Accepted, Refused };
    static constexpr std::size_t kMaxHeadBytes = 16 * 1024;

    State add(std::string_view bytes);
    /// Why it is Refused, as the end of a sentence that begins with the proxy's name.
    const std::string& reason() const { return reason_; }

  private:
    State refuse(std::string reason);
    /// Incomplete: an interim answer.
    State judge(std::string_view status_line);

    std::string head_;
    std::size_t begin_ = 0;  ///< of the head that comes next
    std::string reason_;
};

}  // namespace postbell::engine
