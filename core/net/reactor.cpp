// SPDX-License-Identifier: Apache-2.0
#include "net/reactor.h"

#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include "net/round_budget.h"
#include "util/exception_text.h"

namespace postbell::net {
namespace {

// No connection has these: they would be the last uses of the last slot.
constexpr std::uint64_t kWakeToken = ~std::uint64_t{0};
constexpr std::uint64_t kAcceptToken = kWakeToken - 1;
constexpr int kEventsPerRound = 256;
constexpr util::Milliseconds kAcceptPause{200};

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
               .room = room_,
               .inbox = std::make_shared<Inbox>(),
               .epoll = epoll_.get(),
               .now = state.clock.steady(),
               .postponed = {},
               .memory_wanted = {},
               .date = {},
               .out = {},
               .scratch = std::vector<char>(RoundBudget::kMaxReadBytes)} {
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    watchForReading(epoll_.get(), context_.inbox->wakeDescriptor(), kWakeToken);
}

Reactor::~Reactor() {
    context_.inbox->close();
}

void Reactor::acceptWith(std::unique_ptr<Acceptor> acceptor) {
    acceptor_ = std::move(acceptor);
    watchForReading(epoll_.get(), acceptor_->descriptor(), kAcceptToken);
}

void Reactor::handOnTo(std::shared_ptr<Inbox> next, std::size_t reactors) {
    next_reactor_ = std::move(next);
    reactors_ = reactors;
}

/// The socket stays in the epoll set: taking it out and adding it again could fail for want of
/// memory.
bool Reactor::watchAcceptor(std::uint32_t events) {
    epoll_event event{events, {.u64 = kAcceptToken}};
    return epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, acceptor_->descriptor(), &event) == 0;
}

void Reactor::pauseAcceptor() {
    // Waiting clients stay in the backlog; a socket that is still watched would make the loop spin.
    watchAcceptor(0);
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
    guarded([this] { updateTime(); });
    while (!finished()) turn();
    heartbeat_.waiting();
    acceptor_.reset();
    context_.inbox->close();
    connections_.clear();
    context_.inbox->unbind();
}

/// The last barrier, for errors of no single connection: the listener goes on.
template <class Work>
void Reactor::guarded(const Work& work) noexcept {
    try {
        work();
    } catch (...) {
        context_.state.log.error(
            "a part of a listener's work failed",
            {{"listener", context_.state.settings.name}, {"reason", util::exceptionText()}});
    }
}

void Reactor::turn() {
    std::array<epoll_event, kEventsPerRound> events;
    const int wait = waitMs();
    heartbeat_.waiting();
    const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerRound, wait);
    heartbeat_.beat("events");
    guarded([this] { updateTime(); });
    ++context_.round;
    guarded([this] { resumePostponed(); });
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        guarded([&] {
            handleEvent(event.data.u64, event.events);
            takeOwn();
        });
    }
    heartbeat_.doing("deadlines");
    guarded([this] { expire(); });
    guarded([this] { makeMemory(); });
    memory_return_.update(context_.state.requestBytes(), context_.now);
}

void Reactor::updateTime() {
    context_.now = context_.state.clock.steady();
    context_.date.update(context_.now);
}

/// As epoll_wait() wants it.
int Reactor::waitMs() const {
    constexpr util::Milliseconds kForEver{std::numeric_limits<int>::max()};
    if (!context_.postponed.empty()) return 0;
    util::Milliseconds wait = wheel_.wait(context_.now).value_or(kForEver);
    for (const auto& moment : {accept_again_, stop_deadline_, memory_return_.due()})
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
    for (Accepted& accepted : received_.accepted) guarded([&] { adopt(std::move(accepted)); });
    received_.accepted.clear();
    for (const Answer& answer : received_.answers) {
        deliver(answer);
        takeOwn();
    }
    received_.answers.clear();
    if (received_.room_wanted) guarded([this] { makeRoom(); });
    if (!received_.stop_deadline) return;
    stop_deadline_ = received_.stop_deadline;
    if (!context_.stopping) beginStop();
}

void Reactor::takeOwn() {
    Inbox::Items& own = context_.inbox->own();
    for (std::size_t i = 0; i < own.accepted.size(); ++i)
        guarded([&] { adopt(std::move(own.accepted[i])); });
    own.accepted.clear();
    // An answer may let the next pipelined request in, whose answer is then behind it.
    for (std::size_t i = 0; i < own.answers.size(); ++i) {
        const Answer answer = std::move(own.answers[i]);
        deliver(answer);
    }
    own.answers.clear();
}

void Reactor::deliver(const Answer& answer) noexcept {
    with(answer.connection, [&answer](Connection& connection) {
        if (answer.response) return connection.onAnswer(answer.request, *answer.response);
        connection.onAnswer(answer.request, problem(500, "The request was not answered"));
    });
}

void Reactor::sayFailed(std::string_view reason) noexcept {
    if (const auto connections = failed_.admit(context_.now))
        context_.state.log.error("a connection failed", {{"listener", context_.state.settings.name},
                                                         {"reason", reason},
                                                         {"connections", *connections}});
}

void Reactor::adopt(Accepted&& accepted) {
    if (context_.stopping) return;
    if (accepted.needs_room && !makeRoom()) return handOn(std::move(accepted));
    try {
        open(std::move(accepted));
    } catch (...) {  // out of memory: as below
        sayFailed(util::exceptionText());
    }
}

void Reactor::open(Accepted&& accepted) {
    if (accepted.needs_room && making_room_.admit(context_.now))
        context_.state.log.warning(
            "all connections are taken: those that were silent longest, or sent slowest, make room "
            "for new ones",
            {{"listener", context_.state.settings.name},
             {"limit", context_.state.settings.limits.connections}});
    SslPtr ssl;
    if (context_.state.tls.enabled()) {
        ssl = context_.state.tls.open(accepted.socket.get());
        if (!ssl) return;
    }
    ReactorCounters::bump(counters_.accepted);
    const ConnectionToken token = connections_.nextToken();
    const Connection& connection = connections_.put(
        std::make_unique<Connection>(context_, token, std::move(accepted), std::move(ssl)));
    if (connection.ended()) connections_.erase(token);
}

/// There is no room here: perhaps another reactor has some.
void Reactor::handOn(Accepted&& accepted) {
    if (++accepted.reactors_asked < reactors_) return next_reactor_->post(std::move(accepted));
    ReactorCounters::bump(counters_.refused_overload);
    if (full_.admit(context_.now))
        context_.state.log.warning("all connections are taken, and busy: new ones are closed",
                                   {{"listener", context_.state.settings.name},
                                    {"limit", context_.state.settings.limits.connections}});
}

template <class Call>
void Reactor::with(ConnectionToken token, Call call) {
    Connection* const connection = connections_.find(token);
    if (!connection) return;
    try {
        call(*connection);
    } catch (...) {  // out of memory: it costs this connection, not all
        sayFailed(util::exceptionText());
        return connections_.erase(token);
    }
    if (connection->ended()) connections_.erase(token);
}

void Reactor::resumePostponed() {
    resumed_.swap(context_.postponed);
    for (const ConnectionToken token : resumed_) {
        with(token, [](Connection& connection) { connection.onNextRound(); });
        takeOwn();
    }
    resumed_.clear();
}

bool Reactor::endAt(RoomPlace& place) {
    const ConnectionToken token = static_cast<Connection&>(place).token();
    with(token, [](Connection& connection) { connection.onMakeRoom(); });
    return connections_.find(token) == nullptr;
}

bool Reactor::makeRoom() {
    while (RoomPlace* const place = room_.takeNext(context_.now))
        if (endAt(*place)) return true;
    return false;
}

void Reactor::makeMemory() {
    if (context_.memory_wanted.empty()) return;
    const auto tooMuch = [this] { return context_.state.hasTooManyBytes(); };
    // Whoever is to end may have sent more, and wants memory for that meanwhile.
    while (!context_.memory_wanted.empty()) {
        wanting_.swap(context_.memory_wanted);
        for (const ConnectionToken token : wanting_) {
            while (tooMuch()) {
                RoomPlace* const slowest = room_.takeSlowest(context_.now);
                if (!slowest) break;
                endAt(*slowest);
            }
            if (!tooMuch()) break;
            with(token, [](Connection& connection) { connection.onNoMemory(); });
        }
        wanting_.clear();
    }
    takeOwn();
}

void Reactor::expire() {
    wheel_.expire(context_.now, [this](DeadlineWheel::Entry& entry) {
        with(static_cast<Connection&>(entry).token(),
             [](Connection& connection) { connection.onDeadline(); });
    });
    takeOwn();
    if (!accept_again_ || *accept_again_ > context_.now) return;
    if (watchAcceptor(EPOLLIN))
        accept_again_.reset();
    else
        accept_again_ = context_.now + kAcceptPause;
}

void Reactor::beginStop() {
    context_.stopping = true;
    acceptor_.reset();
    accept_again_.reset();
    for (const ConnectionToken token : connections_.tokens()) {
        with(token, [](Connection& connection) { connection.onStop(); });
        takeOwn();
    }
}

bool Reactor::finished() const {
    return stop_deadline_ && (connections_.size() == 0 || *stop_deadline_ <= context_.now);
}

}  // namespace postbell::net
