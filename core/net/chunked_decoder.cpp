// SPDX-License-Identifier: Apache-2.0
#include "net/chunked_decoder.h"

#include <algorithm>

#include "util/codec.h"
#include "util/http_syntax.h"

namespace postbell::net {
namespace {

constexpr std::size_t kMaxSizeDigits = 15;  // fits 64 bits without an overflow check

}  // namespace

void ChunkedDecoder::refuse(int status, std::string_view title) {
    state_ = State::Refused;
    refusal_ = Refusal{status, title};
}

void ChunkedDecoder::takeDigit(char c) {
    const int digit = util::hexDigit(c);
    if (digit >= 0) {
        if (++digits_ > kMaxSizeDigits) return refuse(413, "The body is too large");
        remaining_ = remaining_ * 16 + static_cast<std::size_t>(digit);
    } else if (digits_ == 0) {
        refuse(400, "A chunk has no size");
    } else if (c == '\r') {
        state_ = State::SizeLf;
    } else if (c == ';') {
        state_ = State::Extension;
    } else if (c == ' ' || c == '\t') {
        state_ = State::SizeBlank;
    } else {
        refuse(400, "A chunk's size is malformed");
    }
}

void ChunkedDecoder::takeSizeLine(char c, std::size_t body_size) {
    if (++line_bytes_ > limits_.size_line_bytes)
        return refuse(400, "A chunk's size line is too long");
    if (state_ == State::Size) return takeDigit(c);
    if (state_ == State::SizeLf) {
        if (c != '\n') return refuse(400, "A chunk's size line does not end in CRLF");
        return endSizeLine(body_size);
    }
    if (c == '\r') {
        state_ = State::SizeLf;
        return;
    }
    if (state_ == State::SizeBlank) {
        // RFC 9112 7.1.1: blanks, and then an extension or nothing; "1 0" is no size.
        if (c == ';')
            state_ = State::Extension;
        else if (c != ' ' && c != '\t')
            refuse(400, "A chunk's size is malformed");
        return;
    }
    if (!util::isFieldText({&c, 1}))
        refuse(400, "A chunk's extension is malformed");
    else if (++extension_bytes_ > limits_.extension_bytes)
        refuse(400, "The chunks have too many extensions");
}

void ChunkedDecoder::endSizeLine(std::size_t body_size) {
    line_bytes_ = digits_ = 0;
    if (remaining_ > limits_.body_bytes - body_size) return refuse(413, "The body is too large");
    state_ = remaining_ == 0 ? State::Trailer : State::Data;
}

void ChunkedDecoder::takeTrailer(char c) {
    if (++trailer_bytes_ > limits_.trailer_bytes) return refuse(431, "The trailer is too large");
    if (state_ == State::TrailerLf) {
        if (c != '\n') return refuse(400, "A trailer line does not end in CRLF");
        return endTrailerLine();
    }
    if (c == '\r')
        state_ = State::TrailerLf;
    else if (!util::isFieldText({&c, 1}))
        refuse(400, "A trailer field is malformed");
    else
        trailer_line_ += c;
}

void ChunkedDecoder::endTrailerLine() {
    if (trailer_line_.empty()) {
        state_ = State::Done;
        return;
    }
    if (!parseFieldLine(trailer_line_)) return refuse(400, "A trailer field is malformed");
    if (++trailer_fields_ > limits_.trailer_fields)
        return refuse(431, "There are too many trailer fields");
    trailer_line_.clear();
    state_ = State::Trailer;
}

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& body) {
    std::size_t used = 0;
    while (used < bytes.size()) {
        switch (state_) {
            case State::Size:
            case State::SizeBlank:
            case State::Extension:
            case State::SizeLf:
                takeSizeLine(bytes[used++], body.size());
                break;
            case State::Data: {
                const std::size_t count = std::min(remaining_, bytes.size() - used);
                body.append(bytes.data() + used, count);
                used += count;
                remaining_ -= count;
                if (remaining_ == 0) state_ = State::DataCr;
                break;
            }
            case State::DataCr:
            case State::DataLf:
                if (bytes[used++] != (state_ == State::DataCr ? '\r' : '\n'))
                    refuse(400, "A chunk is longer than its size");
                else
                    state_ = state_ == State::DataCr ? State::DataLf : State::Size;
                break;
            case State::Trailer:
            case State::TrailerLf:
                takeTrailer(bytes[used++]);
                break;
            case State::Done:
            case State::Refused:
                return used;
        }
    }
    return used;
}

}  // namespace postbell::net
