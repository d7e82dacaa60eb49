// SPDX-License-Identifier: Apache-2.0
#include "net/intake.h"

#include <utility>

#include "util/release_memory.h"

namespace postbell::net {
namespace {

/// Of the buffer of a connection that waits.
constexpr std::size_t kKeptBytes = 4 * 1024;

/// The memory that OpenSSL holds for a connection in the middle of a record (RFC 8446 5.2).
constexpr std::size_t kTlsBytes = 17 * 1024;

}  // namespace

Intake::Intake(const Limits& limits, MemoryShare::Total receiving_bytes, bool encrypted)
    : reader_(limits), tls_bytes_(encrypted ? kTlsBytes : 0), share_(std::move(receiving_bytes)) {}

void Intake::add(std::string_view fresh) {
    if (rest_.empty()) {
        rest_ = fresh;
        borrowed_ = true;
        return;
    }
    buffer_.erase(0, buffer_.size() - rest_.size());
    buffer_.append(fresh);
    rest_ = buffer_;
}

RequestReader::Progress Intake::read() {
    const std::size_t used = reader_.progress() == RequestReader::Progress::Head
                                 ? reader_.readHead(rest_)
                                 : reader_.readBody(rest_);
    rest_.remove_prefix(used);
    return reader_.progress();
}

void Intake::keep() {
    const bool borrowed = std::exchange(borrowed_, false);
    if (rest_.empty()) {
        if (buffer_.capacity() > kKeptBytes)
            util::releaseMemory(buffer_);
        else
            buffer_.clear();
    } else if (borrowed) {
        buffer_.assign(rest_);
        rest_ = buffer_;
    }
}

Request Intake::take(MemoryShare share) {
    reader_.trim();
    share.set(reader_.memory());
    Request request = reader_.take();
    request.memory = std::move(share);
    share_.set(0);
    return request;
}

void Intake::discard() {
    reader_.reset();
    util::releaseMemory(buffer_);
    rest_ = {};
    borrowed_ = false;
    share_.set(0);
}

void Intake::countShare() {
    share_.set(buffer_.capacity() + reader_.memory() + tls_bytes_);
}

}  // namespace postbell::net
