// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <array>

#include "session_memory.h"

namespace http2_simulator {

namespace {

constexpr std::size_t kRecordSize = 16 * 1024;
constexpr std::size_t kCollectUpTo = kRecordSize - 512;  // a response and its body fit in the rest
constexpr int kReadsPerEvent = 16;
constexpr std::int32_t kConnectionWindow = 16 * 1024 * 1024;
constexpr std::int64_t kLingerMs = 2000;

}  // namespace

Connection::Connection(Services& services, Worker& worker, int fd, std::uint64_t number,
                       std::shared_ptr<const FaultAction> fault)
    : services_(services), worker_(worker), number_(number), transport_(services.tls, fd) {
    services_.ledger.connectionOpened(number_);
    worker_.loop.watch(fd, *this, EPOLLIN | EPOLLRDHUP);
    state_ = State::Handshaking;
    if (!fault) return;
    if (fault->kind == FaultKind::HalfOpenTls) transport_.stopInHandshake();
    if (fault->kind == FaultKind::NotH2) {
        not_h2_ = true;
        transport_.answerAlpnWith(fault->alpn);
    }
    if (fault->kind == FaultKind::Blackhole) fallSilent();
    if (fault->kind == FaultKind::Delay) {
        state_ = State::Waiting;
        worker_.loop.change(fd, *this, EPOLLRDHUP);
        worker_.loop.after(fault->delay_ms, [&owner = worker_, number] {
            const auto found = owner.connections.find(number);
            if (found == owner.connections.end() || found->second->state_ != State::Waiting) return;
            Connection& connection = *found->second;
            connection.state_ = State::Handshaking;
            owner.loop.change(connection.transport_.fd(), connection, EPOLLIN | EPOLLRDHUP);
            connection.handshake();
        });
    }
}

Connection::~Connection() {
    while (!streams_.empty()) closeStream(*streams_.back(), Outcome::Closed);
    nghttp2_session_del(session_);
    services_.ledger.connectionClosed();
}

void Connection::die() {
    if (state_ == State::Dead) return;
    state_ = State::Dead;
    worker_.loop.unwatch(transport_.fd());
    worker_.loop.post([&owner = worker_, number = number_] { owner.connections.erase(number); });
}

void Connection::later(std::int64_t delay_ms, std::function<void(Connection&)> call) {
    worker_.loop.after(delay_ms, [&owner = worker_, number = number_, call = std::move(call)] {
        const auto found = owner.connections.find(number);
        if (found == owner.connections.end() || found->second->state_ != State::Open) return;
        found->second->now_ = found->second->services_.clock.now();
        call(*found->second);
        found->second->flush();
    });
}

void Connection::onEvents(std::uint32_t events) {
    switch (state_) {
        case State::Handshaking:
            handshake();
            break;
        case State::Open:
            if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) readAll();
            flush();
            break;
        case State::Http1:
            answerHttp1();
            break;
        case State::Lingering:
            discard();
            break;
        case State::Waiting:
        case State::Silent:
            if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) die();
            break;
        case State::Dead:
            break;
    }
}

void Connection::handshake() {
    switch (transport_.handshake()) {
        case Transport::Progress::WantRead:
            watchWrites(false);
            return;
        case Transport::Progress::WantWrite:
            watchWrites(true);
            return;
        case Transport::Progress::Closed:
            services_.ledger.handshakeFailed(number_, transport_.handshakeError());
            die();
            return;
        case Transport::Progress::Done:
            break;
    }
    watchWrites(false);
    if (not_h2_) {
        state_ = State::Http1;
        answerHttp1();
        return;
    }
    if (transport_.alpn() != "h2") {
        services_.ledger.handshakeFailed(number_, "the client offers no ALPN");
        die();
        return;
    }
    startSession();
    flush();  // SETTINGS come first, whatever a fault puts in between later
    if (state_ == State::Open) readAll();
    flush();
}

void Connection::startSession() {
    judge_ = services_.network.meet(transport_.clientCertificate().get(), number_);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_session_server_new3(&session_, callbacks(), this, option, sessionMemory());
    nghttp2_option_del(option);

    const std::uint32_t initial = services_.options.initial_streams;
    waits_for_first_token_ = initial != 0 && judge_->waitsForToken();
    state_ = State::Open;
    submitStreamLimit(waits_for_first_token_ ? std::min(initial, streamLimit()) : streamLimit());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

void Connection::readAll() {
    static thread_local std::array<unsigned char, kRecordSize> buffer;
    now_ = services_.clock.now();
    for (int i = 0; i < kReadsPerEvent && state_ == State::Open; ++i) {
        std::size_t size = 0;
        const auto progress = transport_.read(buffer, size);
        if (progress == Transport::Progress::Closed) return die();
        if (progress != Transport::Progress::Done) return;
        const auto taken = nghttp2_session_mem_recv(session_, buffer.data(), size);
        if (taken < 0 && state_ == State::Open) {
            services_.ledger.violation(
                number_, std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(taken)));
            return die();
        }
        // One record's answers go out while the client still makes the next record.
        flush();
    }
    if (state_ != State::Open) return;
    // The rest may be in OpenSSL's buffer already, where epoll does not see it.
    later(0, [](Connection& self) { self.readAll(); });
}

void Connection::answerHttp1() {
    std::array<unsigned char, kRecordSize> buffer;
    std::size_t size = 0;
    const auto progress = transport_.read(buffer, size);
    if (progress == Transport::Progress::Closed) return die();
    if (progress != Transport::Progress::Done) return;
    transport_.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                     size);
    linger();
}

void Connection::collect() {
    out_.clear();
    sent_ = 0;
    out_.swap(injected_);
    while (out_.size() < kCollectUpTo) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_, &bytes);
        if (size <= 0) break;
        out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
}

void Connection::flush() {
    while (state_ == State::Open) {
        if (sent_ == out_.size()) collect();
        if (out_.empty()) break;
        std::size_t size = 0;
        switch (transport_.write(std::string_view(out_).substr(sent_), size)) {
            case Transport::Progress::Done:
                sent_ += size;
                break;
            case Transport::Progress::WantRead:
            case Transport::Progress::WantWrite:
                return watchWrites(true);
            case Transport::Progress::Closed:
                if (!close_with_fin_) transport_.resetOnClose();
                return die();
        }
    }
    if (state_ != State::Open) return;
    watchWrites(false);
    if (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_)) linger();
}

void Connection::watchWrites(bool wanted) {
    if (watching_writes_ == wanted) return;
    watching_writes_ = wanted;
    worker_.loop.change(transport_.fd(), *this,
                        EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : std::uint32_t{0}));
}

// Closing with unread input would make TCP reset the connection and could take the GOAWAY back from
// the client's buffer: say goodbye, then read until the client has gone.
void Connection::linger() {
    transport_.finish();
    state_ = State::Lingering;
    worker_.loop.after(kLingerMs, [&owner = worker_, number = number_] {
        if (const auto found = owner.connections.find(number); found != owner.connections.end())
            found->second->die();
    });
    discard();
}

void Connection::discard() {
    std::array<unsigned char, kRecordSize> buffer;
    std::size_t size = 0;
    Transport::Progress progress = Transport::Progress::Done;
    while (progress == Transport::Progress::Done) progress = transport_.read(buffer, size);
    if (progress == Transport::Progress::Closed) die();
}

}  // namespace http2_simulator
