// SPDX-License-Identifier: Apache-2.0
#include "net/reactor.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>
#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <limits>
#include <system_error>

namespace postbell::net {
namespace {

// No connection has these: they would be the last uses of the last slot.
constexpr std::uint64_t kWakeToken = ~std::uint64_t{0};
constexpr std::uint64_t kAcceptToken = kWakeToken - 1;
constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr int kEventsPerRound = 256;
constexpr std::int64_t kAcceptPauseMs = 200;
/// Who connected or was answered this moment is about to say something.
constexpr std::int64_t kLeastIdleMs = 1'000;

ConnectionToken makeToken(std::size_t slot, std::uint32_t uses) {
    return (static_cast<std::uint64_t>(uses) << 32) | slot;
}
std::size_t slotOf(ConnectionToken token) {
    return token & 0xffffffffu;
}
std::uint32_t usesOf(ConnectionToken token) {
    return static_cast<std::uint32_t>(token >> 32);
}

void watchForReading(int epoll, int descriptor, std::uint64_t token) {
    epoll_event event{EPOLLIN, {.u64 = token}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

std::int64_t realNowMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Reactor::Reactor(ServerState& state)
    : wheel_(realNowMs()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      loop_{.state = state,
            .counters = counters_,
            .wheel = wheel_,
            .idle = idle_,
            .inbox = std::make_shared<Inbox>(),
            .epoll = epoll_.get(),
            .now_ms = realNowMs(),
            .stopping = false,
            .date = {},
            .out = {},
            .scratch = std::vector<char>(kScratchBytes)} {
    if (epoll_.get() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    watchForReading(epoll_.get(), loop_.inbox->wakeDescriptor(), kWakeToken);
}

Reactor::~Reactor() {
    loop_.inbox->close();
}

void Reactor::acceptWith(std::unique_ptr<Acceptor> acceptor) {
    acceptor_ = std::move(acceptor);
    watchAcceptor();
}

void Reactor::watchAcceptor() {
    accept_again_ms_.reset();
    watchForReading(epoll_.get(), acceptor_->descriptor(), kAcceptToken);
}

void Reactor::pauseAcceptor() {
    // Who waits stays in the backlog; watched on, the loop would spin.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, acceptor_->descriptor(), nullptr);
    accept_again_ms_ = loop_.now_ms + kAcceptPauseMs;
}

void Reactor::run() {
    // Signals are the main thread's, and SIGPIPE, which OpenSSL's writes raise, nobody's.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    loop_.inbox->bindToThisThread();
    std::array<epoll_event, kEventsPerRound> events;
    updateTime();
    while (!finished()) {
        const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerRound, waitMs());
        updateTime();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handleEvent(event.data.u64, event.events);
            takeOwn();
        }
        expire();
        retired_.clear();
    }
    acceptor_.reset();
    loop_.inbox->close();
    slots_.clear();
    loop_.inbox->unbind();
}

void Reactor::updateTime() {
    loop_.now_ms = realNowMs();
    const std::int64_t second = loop_.now_ms / 1000;
    if (second == date_second_) return;
    date_second_ = second;
    loop_.date =
        Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT);
}

int Reactor::waitMs() const {
    std::int64_t until = wheel_.waitMs(loop_.now_ms).value_or(std::numeric_limits<int>::max());
    for (const auto& moment : {accept_again_ms_, stop_deadline_ms_})
        if (moment) until = std::min(until, std::max<std::int64_t>(0, *moment - loop_.now_ms));
    return until == std::numeric_limits<int>::max() ? -1 : static_cast<int>(until);
}

void Reactor::handleEvent(std::uint64_t token, std::uint32_t events) {
    if (token == kWakeToken) return takeInbox();
    if (token == kAcceptToken) {
        const auto make_room = [this] { return makeRoom(); };
        if (acceptor_ && !acceptor_->accept(counters_, loop_.now_ms, make_room)) pauseAcceptor();
        return;
    }
    with(token, [events](Connection& connection) { connection.onEvents(events); });
}

void Reactor::takeInbox() {
    loop_.inbox->take(received_);
    for (Accepted& accepted : received_.accepted) adopt(std::move(accepted));
    received_.accepted.clear();
    for (const Answer& answer : received_.answers) {
        deliver(answer);
        takeOwn();
    }
    received_.answers.clear();
    if (!received_.stop_deadline_ms) return;
    stop_deadline_ms_ = received_.stop_deadline_ms;
    if (!loop_.stopping) beginStop();
}

void Reactor::takeOwn() {
    Inbox::Items& own = loop_.inbox->own();
    for (Accepted& accepted : own.accepted) adopt(std::move(accepted));
    own.accepted.clear();
    // An answer may let the next pipelined request in, whose answer is then behind it.
    for (std::size_t i = 0; i < own.answers.size(); ++i) {
        const Answer answer = std::move(own.answers[i]);
        deliver(answer);
    }
    own.answers.clear();
}

void Reactor::deliver(const Answer& answer) {
    with(answer.connection, [&answer](Connection& connection) {
        connection.onAnswer(answer.request, answer.response);
    });
}

void Reactor::adopt(Accepted&& accepted) {
    if (loop_.stopping) return;
    SslPtr ssl;
    if (loop_.state.tls.enabled()) {
        ssl = loop_.state.tls.open(accepted.socket.get());
        if (!ssl) return;
    }
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::size_t index = free_slots_.back();
    Slot& slot = slots_[index];
    const ConnectionToken token = makeToken(index, slot.uses);
    slot.connection =
        std::make_unique<Connection>(loop_, token, std::move(accepted), std::move(ssl));
    free_slots_.pop_back();
    ++connection_count_;
    if (slot.connection->ended()) retire(token);
}

Connection* Reactor::find(ConnectionToken token) {
    const std::size_t index = slotOf(token);
    if (index >= slots_.size() || slots_[index].uses != usesOf(token)) return nullptr;
    return slots_[index].connection.get();
}

template <class Call>
void Reactor::with(ConnectionToken token, Call call) {
    Connection* connection = find(token);
    if (!connection) return;
    try {
        call(*connection);
    } catch (const std::exception& error) {  // out of memory: it costs this connection, not all
        loop_.state.log.error("A connection failed",
                              {{"listener", loop_.state.settings.name}, {"reason", error.what()}});
        return retire(token);
    }
    if (connection->ended()) retire(token);
}

void Reactor::retire(ConnectionToken token) {
    Slot& slot = slots_[slotOf(token)];
    retired_.push_back(std::move(slot.connection));
    ++slot.uses;
    free_slots_.push_back(static_cast<std::uint32_t>(slotOf(token)));
    --connection_count_;
}

bool Reactor::makeRoom() {
    while (!idle_.empty() && loop_.now_ms - idle_.front().idle_since_ms >= kLeastIdleMs) {
        bool ended = false;
        with(static_cast<Connection&>(idle_.front()).token(), [&ended](Connection& connection) {
            connection.onMakeRoom();
            ended = connection.ended();
        });
        if (ended) return true;
    }
    return false;
}

void Reactor::expire() {
    wheel_.expire(loop_.now_ms, [this](DeadlineWheel::Entry& entry) {
        with(static_cast<Connection&>(entry).token(),
             [](Connection& connection) { connection.onDeadline(); });
    });
    takeOwn();
    if (accept_again_ms_ && *accept_again_ms_ <= loop_.now_ms) watchAcceptor();
}

void Reactor::beginStop() {
    loop_.stopping = true;
    acceptor_.reset();
    accept_again_ms_.reset();
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        if (!slots_[index].connection) continue;
        with(makeToken(index, slots_[index].uses),
             [](Connection& connection) { connection.onStop(); });
        takeOwn();
    }
}

bool Reactor::finished() const {
    return stop_deadline_ms_ && (connection_count_ == 0 || *stop_deadline_ms_ <= loop_.now_ms);
}

}  // namespace postbell::net
