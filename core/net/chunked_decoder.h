// SPDX-License-Identifier: Apache-2.0
// A chunked body (RFC 9112 7.1) put together. Pure: no sockets, no clock.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/framing.h"

namespace postbell::net {

struct ChunkedLimits {
    std::size_t body_bytes = 1024 * 1024;
    std::size_t size_line_bytes = 256;        ///< with its extensions, which are skipped
    std::size_t extension_bytes = 16 * 1024;  ///< of all chunks together
    std::size_t trailer_bytes = 8 * 1024;
    std::size_t trailer_fields = 32;  ///< checked and dropped
};

class ChunkedDecoder {
  public:
    explicit ChunkedDecoder(ChunkedLimits limits) : limits_(limits) {}

    /// Appends what it decodes to `body` and returns how many bytes it used up: all of them, but
    /// for those behind the end.
    std::size_t feed(std::string_view bytes, std::string& body);
    /// The memory that it holds beside the body.
    std::size_t memory() const { return trailer_line_.capacity(); }
    bool done() const { return state_ == State::Done; }
    const std::optional<Refusal>& refusal() const { return refusal_; }

  private:
    enum class State {
        Size,
        SizeBlank,
        Extension,
        SizeLf,
        Data,
        DataCr,
        DataLf,
        Trailer,
        TrailerLf,
        Done,
        Refused
    };

    void refuse(int status, std::string_view title);
    void takeSizeLine(char c, std::size_t body_size);
    void takeDigit(char c);
    void endSizeLine(std::size_t body_size);
    void takeTrailer(char c);
    void endTrailerLine();

    ChunkedLimits limits_;
    State state_ = State::Size;
    std::optional<Refusal> refusal_;
    std::size_t remaining_ = 0;  ///< of the chunk: while its size is read, the size so far
    std::size_t digits_ = 0;
    std::size_t line_bytes_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::size_t trailer_fields_ = 0;
    std::string trailer_line_;
};

}  // namespace postbell::net
