// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/release_memory.h"

namespace postbell::net {
namespace {

Io rawOutcome(ssize_t count) {
    if (count > 0) return {Io::Outcome::Moved, static_cast<std::size_t>(count)};
    if (count == 0) return {Io::Outcome::Ended};
    return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::Outcome::NotNow
                                                                      : Io::Outcome::Failed};
}

}  // namespace

Io Transport::readRaw(char* buffer, std::size_t size) {
    return rawOutcome(::recv(socket_.get(), buffer, size, 0));
}

Io Transport::writeRaw(std::string_view bytes) {
    return rawOutcome(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

Io Transport::tlsOutcome(int result, bool reading) const {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {reading ? Io::Outcome::NotNow : Io::Outcome::Failed};
        case SSL_ERROR_WANT_WRITE:
            return {reading ? Io::Outcome::WantsWrite : Io::Outcome::NotNow};
        case SSL_ERROR_ZERO_RETURN:
            return {Io::Outcome::Ended};
        case SSL_ERROR_SSL:
            return {ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? Io::Outcome::PlainHttp
                                                                           : Io::Outcome::Failed};
        default:
            return {Io::Outcome::Failed};
    }
}

Io Transport::read(char* buffer, std::size_t size) {
    if (!ssl_) return readRaw(buffer, size);
    ERR_clear_error();  // SSL_get_error() would read another connection's error on this thread
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer, size, &count);
    if (chatter_.count() > kMaxTlsChatter) return {Io::Outcome::Chatter};
    return result == 1 ? Io{Io::Outcome::Moved, count} : tlsOutcome(result, true);
}

Io Transport::write(std::string_view bytes) {
    if (!ssl_) return writeRaw(bytes);
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return result == 1 ? Io{Io::Outcome::Moved, count} : tlsOutcome(result, false);
}

/// How many bytes were taken; nothing if the connection is broken.
std::optional<std::size_t> Transport::writeAll(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const Io io = write(bytes.substr(taken));
        if (io.outcome == Io::Outcome::NotNow) break;
        if (io.outcome != Io::Outcome::Moved) return std::nullopt;
        taken += io.bytes;
    }
    return taken;
}

bool Transport::send(std::string_view bytes) {
    const auto taken = out_.empty() ? writeAll(bytes) : 0;
    if (taken) out_.append(bytes.substr(*taken));
    return taken.has_value();
}

bool Transport::flush() {
    const auto taken = writeAll(std::string_view(out_).substr(out_sent_));
    if (!taken) return false;
    out_sent_ += *taken;
    if (out_sent_ == out_.size()) {
        util::releaseMemory(out_);
        out_sent_ = 0;
    }
    return true;
}

const char* Transport::lastTlsError() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return reason ? reason : "the peer went away";
}

void Transport::endWriting() {
    if (ssl_ && !shakingHands()) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace postbell::net
