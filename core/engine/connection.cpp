// SPDX-License-Identifier: Apache-2.0
#include "engine/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/http1_session.h"
#include "engine/http2_session.h"
#include "util/printable.h"

namespace postbell::engine {
namespace {

// The most bytes that are produced before a write: about a record of TLS. The server begins with it
// while the next record is made.
constexpr std::size_t kWriteBytes = 15 * 1024;
constexpr util::Milliseconds kUsefulAfter{10'000};
constexpr std::size_t kMaxDebugText = 200;
/// A graceful end is two (RFC 9113, 6.8). More change nothing, and each is a line of the log.
constexpr unsigned kMaxGoaways = 2;

}  // namespace

Connection::Connection(ConnectionOwner& owner, std::uint64_t number, Loop& loop,
                       const PoolOptions& options, const ClockTimes& times,
                       const std::optional<ProxyAddress>& proxy, TlsClientContext& tls,
                       std::optional<IpAddress>& good)
    : owner_(owner),
      number_(number),
      loop_(loop),
      options_(options),
      times_(times),
      connector_(
          std::make_shared<Connector>(loop, options, times.connect_timeout, proxy, tls, good)) {
    if (options.device_named)
        device_member_.emplace(loop.deviceConnections(), options.owner, *this);
}

Connection::~Connection() {
    if (connector_) connector_->cancel();
    closeChannel();
}

void Connection::closeChannel() {
    const auto channel = std::exchange(channel_, nullptr);
    if (!channel) return;
    if (!channel->writing()) {
        session_->sayGoodbye();
        std::string last;
        if (session_->produce(last, kWriteBytes) && !last.empty()) channel->write(last);
    }
    channel->close();
}

void Connection::start() {
    connector_->start([this, started_at = now()](Connector::Result result) {
        connected(std::move(result), started_at);
    });
}

std::string Connection::name() const {
    return options_.origin.host + ":" + std::to_string(options_.origin.port) + " (" + address_ +
           ")";
}

void Connection::connected(Connector::Result result, util::SteadyTime started_at) {
    connector_.reset();
    address_ = std::move(result.address);
    if (!result.channel) {
        state_ = State::Ended;
        return owner_.connectionFailed(*this, result.failure, result.detail);
    }
    try {
        open(std::move(result.channel), started_at);
    } catch (const std::exception& error) {
        end(Failure::Connect, error.what());  // no step would follow
    }
}

void Connection::open(std::shared_ptr<TlsChannel> channel, util::SteadyTime started_at) {
    // First: a connection with a channel has a session.
    Session::Events& events = *this;
    if (channel->protocol() == TlsChannel::Protocol::Http2)
        session_ = std::make_unique<Http2Session>(events);
    else
        session_ = std::make_unique<Http1Session>(events);
    channel_ = std::move(channel);
    const auto left = started_at + times_.connect_timeout - now();
    connect_timer_ = loop_.after(std::chrono::ceil<util::Milliseconds>(left), [this] {
        end(Failure::Connect, "time ran out while waiting for the server's SETTINGS");
    });
    channel_->start(*this);
    if (session_->beginsAtOnce()) return settingsChanged();
    owner_.connectionChanged();  // the preface wants to leave
}

unsigned Connection::slots() const {
    if (!usable() || suspect_) return 0;
    const std::size_t allowed = session_->limit();
    return allowed > session_->open() ? static_cast<unsigned>(allowed - session_->open()) : 0;
}

bool Connection::wasUseless() const {
    return starved_ || (answers_ == 0 && !retired_ && now() - opened_at_ < kUsefulAfter);
}

unsigned Connection::openRequests() const {
    return session_ ? static_cast<unsigned>(session_->open()) : 0;
}

bool Connection::submit(Request& request) {
    if (!session_->submit(request)) {
        retire();
        return false;
    }
    request.connection = this;
    request.connection_number = number_;
    request.answers_before = answers_;
    requests_.push_back(request);
    if (device_member_) device_member_->busy();
    // Stream ids are 31 bits and never used twice (RFC 9113, 5.1.1).
    if (++requests_ever_ >= options_.requests_per_connection) retire();
    return true;
}

void Connection::abandon(Request& request) {
    session_->abandon(request);
    // A request without an answer on a silent connection: the peer may be gone. Half of the
    // request's time is enough, since the connection may have been opened for this request.
    if (!suspect_ && now() - heard_at_ >= times_.request_timeout / 2) {
        suspect_ = true;
        suspect_timer_ =
            loop_.after(std::max(times_.ping_timeout / 10, util::Milliseconds(1)), [this] {
                given_up_ = true;
                owner_.connectionChanged();
            });
        probe();
    }
    owner_.connectionChanged();
}

void Connection::probe() {
    if (pinging_ || state_ == State::Ended || !settings_came_ || !session_->pings()) return;
    pinging_ = true;
    session_->ping();
    keepalive_timer_ =
        loop_.after(times_.ping_timeout, [this] { end(Failure::Connect, "no answer to a PING"); });
    owner_.connectionChanged();
}

void Connection::retire() {
    if (state_ != State::Open) return;
    state_ = State::Draining;
    retired_ = true;
    owner_.connectionChanged();
}

void Connection::flush(std::string& scratch) {
    if (!channel_) return;
    try {
        if (!write(scratch)) return;
    } catch (const std::exception& error) {
        return end(Failure::Connect, error.what());  // bytes of a frame may be missing
    }
    if (retired_ && session_->open() == 0) return end(Failure::None, "finished");
    if (session_->finished())
        end(Failure::Connect,
            session_->broken().empty() ? "closed after a GOAWAY" : session_->broken());
}

bool Connection::write(std::string& scratch) {
    while (!channel_->writing()) {
        scratch.clear();
        if (!session_->produce(scratch, kWriteBytes)) {
            end(Failure::Connect, session_->broken());
            return false;
        }
        if (scratch.empty()) return true;
        if (!channel_->write(scratch)) return false;
    }
    return true;
}

void Connection::end(Failure failure, const std::string& why) {
    if (state_ == State::Ended) return;
    const bool was_open = settings_came_;
    state_ = State::Ended;
    if (connector_) std::exchange(connector_, nullptr)->cancel();
    closeChannel();
    connect_timer_ = Timer();
    keepalive_timer_ = Timer();
    suspect_timer_ = Timer();
    starved_timer_ = Timer();
    flooded_ = session_ && session_->flooded();

    std::string text = why;
    if (!last_words_.empty()) text += "; before that " + last_words_;
    const std::string lost = "the connection to " + name() + " ended: " + text;
    session_.reset();  // lets go of the requests' memory
    while (!requests_.empty()) {
        Request& request = requests_.front();
        requests_.pop_front();
        if (request.abandoned)
            owner_.requestEnded(request, Session::Ending::Abandoned, {});
        else if (request.answer_complete)
            owner_.requestEnded(request, Session::Ending::Answered, {});
        else if (!request.sent)
            owner_.requestEnded(request, Session::Ending::Unprocessed, lost);
        else
            owner_.requestEnded(request, Session::Ending::Broken, lost);
    }
    if (was_open) return owner_.connectionEnded(*this, lost);
    owner_.connectionFailed(*this, failure, "cannot connect to " + name() + ": " + text);
}

void Connection::received(std::string_view plain) {
    if (session_->feed(plain)) return;
    end(Failure::Connect, session_->broken());
}

void Connection::allReceived() {
    const util::SteadyTime before = std::exchange(heard_at_, now());
    if (util::isSet(before)) session_->passed(heard_at_ - before);
    if (!session_->charge(channel_->takeChatter()))
        return end(Failure::Connect, session_->broken());
    owner_.connectionChanged();
}

void Connection::writable() {
    owner_.connectionChanged();
}

void Connection::ended(const TlsChannel::Failed& failed) {
    session_->peerClosed();
    // Before SETTINGS, an alert is the server's opinion of our certificate: TLS 1.3 lets us finish
    // first.
    end(failed.tls ? Failure::Tls : Failure::Connect, failed.why);
}

void Connection::requestEnded(Request& request, Session::Ending ending, std::string_view why) {
    request.place.unlink();
    if (ending == Session::Ending::Answered) ++answers_;
    if (session_->open() == 0) beIdle();
    owner_.requestEnded(request, ending, why);
}

void Connection::settingsChanged() {
    if (!settings_came_) {
        settings_came_ = true;
        state_ = session_->goneAway() ? State::Draining : State::Open;
        opened_at_ = heard_at_ = idle_since_ = now();
        connect_timer_ = Timer();
        armKeepalive();
        owner_.connectionOpened(*this);
    }
    watchLimit();
    owner_.connectionChanged();
}

/// MAX_CONCURRENT_STREAMS may be 0 for a while (RFC 9113, 6.5.2), but not for ever.
void Connection::watchLimit() {
    if (session_->limit() > 0) {
        starved_timer_ = Timer();
    } else if (!starved_timer_.armed()) {
        starved_timer_ = loop_.after(times_.connect_timeout, [this] {
            starved_ = true;
            if (session_->open() > 0) return retire();
            end(Failure::Connect, "the server allows no requests");
        });
    }
}

void Connection::goawayReceived(std::uint32_t code, std::string_view debug_data) {
    if (++goaways_ > kMaxGoaways) return;
    last_words_ = "GOAWAY " + errorName(code);
    if (!debug_data.empty()) last_words_ += " (" + util::printable(debug_data, kMaxDebugText) + ")";
    if (state_ == State::Open) state_ = State::Draining;
    owner_.connectionGoesAway(*this, name() + " sent " + last_words_);
}

void Connection::pingAnswered() {
    if (!std::exchange(pinging_, false)) return;
    heard_at_ = now();
    suspect_ = given_up_ = false;
    suspect_timer_ = Timer();
    armKeepalive();
    owner_.connectionChanged();
}

void Connection::beIdle() {
    idle_since_ = now();
    if (device_member_) device_member_->idle();
}

void Connection::armKeepalive() {
    util::SteadyTime due = (session_->pings() ? heard_at_ : now()) + times_.ping_after;
    if (times_.idle_close.count() > 0)
        due = std::min(due, (session_->open() == 0 ? idle_since_ : now()) + times_.idle_close);
    const auto delay = std::chrono::ceil<util::Milliseconds>(due - now());
    keepalive_timer_ = loop_.after(std::max(delay, util::Milliseconds(1)), [this] { keepalive(); });
}

void Connection::keepalive() {
    const util::SteadyTime at = now();
    // The request that the connection was opened for may have given up before.
    if (device_member_ && session_->open() == 0 && !device_member_->is_linked())
        device_member_->idle();
    if (times_.idle_close.count() > 0 && session_->open() == 0 &&
        at - idle_since_ >= times_.idle_close)
        return retire();
    if (session_->pings() && at - heard_at_ >= times_.ping_after) return probe();
    armKeepalive();
}

}  // namespace postbell::engine
