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
constexpr util::Milliseconds kAcceptPause{200};
/// A peer that connected or was answered this moment is about to send something.
constexpr util::Milliseconds kMinIdle{1'000};

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

Reactor::Reactor(ServerState& state, util::Heartbeat& heartbeat)
    : heartbeat_(heartbeat),
      wheel_(state.clock.steady()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      context_{.state = state,
               .counters = counters_,
               .wheel = wheel_,
               .idle = idle_,
               .inbox = std::make_shared<Inbox>(),
               .epoll = epoll_.get(),
               .now = state.clock.steady(),
               .stopping = false,
               .date = {},
               .out = {},
               .scratch = std::vector<char>(kScratchBytes)} {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    watchForReading(epoll_.get(), context_.inbox->wakeDescriptor(), kWakeToken);
}

Reactor::~Reactor() {
    context_.inbox->close();
}

void Reactor::acceptWith(std::unique_ptr<Acceptor> acceptor) {
    acceptor_ = std::move(acceptor);
    watchAcceptor();
}

void Reactor::watchAcceptor() {
    accept_again_.reset();
    watchForReading(epoll_.get(), acceptor_->descriptor(), kAcceptToken);
}

void Reactor::pauseAcceptor() {
    // Who waits stays in the backlog; watched on, the loop would spin.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, acceptor_->descriptor(), nullptr);
    accept_again_ = context_.now + kAcceptPause;
}

void Reactor::run() {
    // OpenSSL's writes to a closed connection raise it. The signals of a crash stay open: blocked,
    // they would end the process before it can name the plugin.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    context_.inbox->bindToThisThread();
    std::array<epoll_event, kEventsPerRound> events;
    updateTime();
    while (!finished()) {
        const int wait = waitMs();
        heartbeat_.waiting();
        const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerRound, wait);
        heartbeat_.beat("events");
        updateTime();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handleEvent(event.data.u64, event.events);
            takeOwn();
        }
        heartbeat_.doing("deadlines");
        expire();
        retired_.clear();
    }
    heartbeat_.waiting();
    acceptor_.reset();
    context_.inbox->close();
    slots_.clear();
    context_.inbox->unbind();
}

void Reactor::updateTime() {
    context_.now = context_.state.clock.steady();
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(context_.now.time_since_epoch());
    if (second == date_second_) return;
    date_second_ = second;
    context_.date =
        Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT);
}

/// As epoll_wait() wants it.
int Reactor::waitMs() const {
    constexpr util::Milliseconds kForEver{std::numeric_limits<int>::max()};
    util::Milliseconds wait = wheel_.wait(context_.now).value_or(kForEver);
    for (const auto& moment : {accept_again_, stop_deadline_})
        if (moment)
            wait = std::min(wait,
                            std::max(std::chrono::ceil<util::Milliseconds>(*moment - context_.now),
                                     util::Milliseconds(0)));
    return wait >= kForEver ? -1 : static_cast<int>(wait.count());
}

void Reactor::handleEvent(std::uint64_t token, std::uint32_t events) {
    if (token == kWakeToken) return takeInbox();
    if (token == kAcceptToken) {
        const auto make_room = [this] { return makeRoom(); };
        if (acceptor_ && !acceptor_->accept(counters_, context_.now, make_room)) pauseAcceptor();
        return;
    }
    with(token, [events](Connection& connection) { connection.onEvents(events); });
}

void Reactor::takeInbox() {
    context_.inbox->take(received_);
    for (Accepted& accepted : received_.accepted) adopt(std::move(accepted));
    received_.accepted.clear();
    for (const Answer& answer : received_.answers) {
        deliver(answer);
        takeOwn();
    }
    received_.answers.clear();
    if (!received_.stop_deadline) return;
    stop_deadline_ = received_.stop_deadline;
    if (!context_.stopping) beginStop();
}

void Reactor::takeOwn() {
    Inbox::Items& own = context_.inbox->own();
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
    if (context_.stopping) return;
    SslPtr ssl;
    if (context_.state.tls.enabled()) {
        ssl = context_.state.tls.open(accepted.socket.get());
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
        std::make_unique<Connection>(context_, token, std::move(accepted), std::move(ssl));
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
        context_.state.log.error("a connection failed", {{"listener", context_.state.settings.name},
                                                         {"reason", error.what()}});
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
    while (!idle_.empty() && context_.now - idle_.front().idle_since >= kMinIdle) {
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
    wheel_.expire(context_.now, [this](DeadlineWheel::Entry& entry) {
        with(static_cast<Connection&>(entry).token(),
             [](Connection& connection) { connection.onDeadline(); });
    });
    takeOwn();
    if (accept_again_ && *accept_again_ <= context_.now) watchAcceptor();
}

void Reactor::beginStop() {
    context_.stopping = true;
    acceptor_.reset();
    accept_again_.reset();
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        if (!slots_[index].connection) continue;
        with(makeToken(index, slots_[index].uses),
             [](Connection& connection) { connection.onStop(); });
        takeOwn();
    }
}

bool Reactor::finished() const {
    return stop_deadline_ && (connection_count_ == 0 || *stop_deadline_ <= context_.now);
}

}  // namespace postbell::net
