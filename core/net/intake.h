// SPDX-License-Identifier: Apache-2.0
// A connection's received bytes, on their way to become requests.
#pragma once
#include <string>
#include <string_view>

#include "net/request_reader.h"
#include "net/server_state.h"

namespace postbell::net {

/// A request that comes whole passes without a copy; the rest is kept, and its memory counted among
/// that of all requests on their way in. Confined to the reactor's thread.
class Intake {
  public:
    Intake(const Limits& limits, MemoryShare::Total receiving_bytes, bool encrypted);

    /// Bytes that were read, borrowed until keep().
    void add(std::string_view fresh);
    /// Reads on in the head or the body of the request.
    RequestReader::Progress read();
    /// No byte waits to be read.
    bool empty() const { return rest_.empty(); }
    /// Copies the borrowed bytes that are left; gives memory back that is not needed.
    void keep();

    const RequestHead& head() const { return reader_.head(); }
    const Refusal& refusal() const { return reader_.refusal(); }
    /// The whole body has come.
    bool bodyIsHere() const { return reader_.bodyIsWithin(rest_.size()); }
    /// After Complete. From here on the request's memory is counted by `share`, which it gets.
    Request take(MemoryShare share);
    /// Throws all bytes away.
    void discard();

    /// Sets the share of the memory for requests on their way in to the bytes that are held now,
    /// the head and buffers of TLS included.
    void countShare();

  private:
    RequestReader reader_;
    std::string buffer_;
    std::string_view rest_;  ///< not read yet: borrowed, or the end of buffer_
    bool borrowed_ = false;
    const std::size_t tls_bytes_;
    MemoryShare share_;
};

}  // namespace postbell::net
