// SPDX-License-Identifier: Apache-2.0
#include "engine/pool_impl.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "util/insist.h"

namespace postbell::engine {
namespace {

constexpr unsigned kMaxResends = 4;
constexpr util::Milliseconds kFaultPause{1'000};

ClockTimes clockTimes(const PoolOptions& options, const util::Clock& clock) {
    return {clock.ofReal(options.connect_timeout), clock.ofReal(options.request_timeout),
            clock.ofReal(options.ping_after),      clock.ofReal(options.ping_timeout),
            clock.ofReal(options.retire_pause),    clock.ofReal(options.idle_close)};
}

}  // namespace

Pool::Impl::Impl(Loop& loop, PoolOptions options, AnswerSink& sink, log::Log& log)
    : loop_(loop),
      options_(std::move(options)),
      times_(clockTimes(options_, loop.clock())),
      proxy_(options_.proxy.empty() ? std::nullopt
                                    : std::optional(ProxyAddress::parse(options_.proxy))),
      authority_(options_.origin.authority()),
      sink_(sink),
      log_(log),
      tls_(options_.origin.host, options_.identity.get(),
           options_.addresses == AddressPolicy::PublicOnly ? Resumption::No : Resumption::Yes,
           options_.device_named ? Protocols::Http2OrHttp1 : Protocols::Http2),
      backlog_(loop, [this] { schedule(); }),
      deadlines_(loop, times_.request_timeout, [this](Request& request) { expire(request); }),
      reconnect_(loop, [this] { schedule(); }) {}

void Pool::Impl::close() {
    closed_ = true;
    next_turn_ = Timer();
    reconnect_.stop();
    backlog_.stop();
    deadlines_.stop();
    connections_.clear();
}

unsigned Pool::Impl::slots() const {
    std::size_t count = 0;
    if (draining_) return 0;
    if (connections_.usable() > 0) {
        const std::size_t free = connections_.freeStreams();
        if (free > backlog_.size()) count = free - backlog_.size();
    } else if (backlog_.size() == 0 && mayConnect()) {
        count = 1;
    }
    if (count == 0) seen_full_ = true;
    return static_cast<unsigned>(count);
}

bool Pool::Impl::mayConnect() const {
    return !reconnect_.pausing() && connections_.usable() < maxUsable() &&
           !connections_.connecting();
}

PoolStats Pool::Impl::stats() const {
    PoolStats stats = stats_;
    stats.connected = connections_.usable();
    stats.open_streams = connections_.openRequests();
    return stats;
}

void Pool::Impl::submit(const RequestView& view, std::uint64_t tag) {
    schedule();  // first: without memory for it, the request has not begun
    Request& request = slab_.take();
    try {
        if (const std::string_view breach = request.assign(view, authority_, tag); !breach.empty())
            return answer(request, Failure::Malformed, breach);
        deadlines_.add(request);
        place(request);
    } catch (...) {
        // One that a connection has is answered like any other.
        if (!request.connection) {
            request.deadline.unlink();
            slab_.release(request);
            throw;
        }
    }
    slots();  // notes that the pool is full now, for ready()
}

void Pool::Impl::retire(std::uint64_t number) {
    if (Connection* const connection = connections_.find(number)) retire(*connection);
}

void Pool::Impl::retire(Connection& connection) {
    if (connection.retired()) return;
    const util::SteadyTime now = loop_.clock().steady();
    if (!util::isSet(retiring_since_) || now - retiring_since_ >= times_.retire_pause) {
        retiring_since_ = now;
        retirements_ = 0;
    }
    if (retirements_ == options_.connections) return;
    ++retirements_;
    connection.retire();
}

void Pool::Impl::drain() {
    draining_ = true;
    schedule();
}

void Pool::Impl::place(Request& request) {
    while (Connection* connection = connections_.leastBusy())
        if (connection->submit(request)) return;
    backlog_.add(request);
}

void Pool::Impl::placeWaiting() {
    while (backlog_.hasFirst() && connections_.leastBusy()) {
        Request& request = *backlog_.takeFirst();
        try {
            place(request);
        } catch (...) {
            if (!request.connection) backlog_.putBack(request);
            throw;
        }
    }
}

void Pool::Impl::schedule() {
    if (scheduled_ || closed_) return;
    scheduled_ = true;
    util::insist([this] { loop_.atEndOfTurn([self = shared_from_this()] { self->takeTurn(); }); });
}

/// A turn that fails, for want of memory say, has left work undone: another follows.
void Pool::Impl::takeTurn() {
    try {
        finishTurn();
    } catch (...) {
        scheduled_ = false;
        next_turn_ = loop_.after(kFaultPause, [this] { schedule(); });
        throw;
    }
}

void Pool::Impl::finishTurn() {
    // Still scheduled: requests that the sink submits from here on leave with flush() below.
    if (closed_) return;
    placeWaiting();
    deliver();
    if (closed_) return;
    if (std::exchange(seen_full_, false) && slots() > 0) {
        sink_.ready();
        if (closed_) return;
    }
    // A connection that was given up may answer its PING after another has taken its place.
    connections_.retireSurplus(maxUsable());
    connectIfWanted();
    scheduled_ = false;
    if (!answered_.empty()) schedule();
    flush();
    connections_.dropRemoved();
}

void Pool::Impl::deliver() {
    // If an answer cannot be given, it and those behind it stay.
    struct Batch {
        PlaceList& all;
        PlaceList now;
        explicit Batch(PlaceList& answered) : all(answered) { now.swap(all); }
        ~Batch() { all.splice(all.begin(), now); }
    } batch(answered_);
    while (!batch.now.empty() && !closed_) {
        Request& request = batch.now.front();
        request.fill(answer_);
        batch.now.pop_front();
        struct Release {
            RequestSlab& slab;
            Request& request;
            ~Release() { slab.release(request); }
        } const at_the_end{slab_, request};
        sink_.answered(request.tag, answer_);
    }
}

void Pool::Impl::flush() {
    connections_.flush(scratch_);
    if (draining_ && backlog_.size() == 0) connections_.retireAll();
}

/// Empty, or why servers cannot be checked.
std::string Pool::Impl::trustRoots() {
    try {
        tls_.trust(loop_.trust().get(options_.ca_file));
        return {};
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}

void Pool::Impl::connectIfWanted() {
    const std::size_t free = connections_.freeStreams();
    const bool wanted = backlog_.size() > 0 ? backlog_.size() > free
                                            : free == 0 && connections_.usable() > 0 && !draining_;
    if (!wanted || !mayConnect()) return;
    if (options_.device_named && !loop_.deviceConnections().admit(options_.owner))
        return attemptFailed(Failure::Crowded,
                             "cannot connect to " + authority_ +
                                 ": there are too many connections to servers that devices named");
    if (const std::string problem = trustRoots(); !problem.empty())
        return attemptFailed(Failure::Connect, problem);
    connections_
        .add(std::make_unique<Connection>(static_cast<ConnectionOwner&>(*this), ++connections_ever_,
                                          loop_, options_, times_, proxy_, tls_, good_address_))
        .start();
}

// Lines that strangers can cause at will are for debugging only.
void Pool::Impl::note(log::Level level, std::string_view text, std::uint64_t times) {
    const log::Field fields[] = {{"origin", authority_}, {"times", times}};
    log_.write(options_.device_named ? log::Level::Debug : level, text, fields, times > 1 ? 2 : 1);
}

void Pool::Impl::connectionOpened(Connection&) {
    ++stats_.connects;
    log_.debug("connected", {{"origin", authority_}});
}

void Pool::Impl::connectionFailed(Connection& connection, Failure failure, const std::string& why) {
    attemptFailed(failure, why);
    if (connection.flooded()) reconnect_.flooded();
    remove(connection, why);
}

void Pool::Impl::attemptFailed(Failure failure, const std::string& why) {
    ++stats_.connect_failures;
    note(log::Level::Warning, why);
    reconnect_.failed();
    if (connections_.usable() > 0) return;
    while (Request* const request = backlog_.takeAny()) answer(*request, failure, why);
}

void Pool::Impl::connectionEnded(Connection& connection, const std::string& why) {
    if (connection.flooded()) {
        attemptFailed(Failure::Connect, why);
        reconnect_.flooded();
    } else if (connection.wasUseless() && reconnect_.useless()) {
        attemptFailed(Failure::Connect, why);
    }
    remove(connection, why);
}

void Pool::Impl::remove(Connection& connection, const std::string& why) {
    log_.debug(why, {{"origin", authority_}});
    connections_.remove(connection);
    schedule();
}

void Pool::Impl::connectionGoesAway(Connection& connection, const std::string& why) {
    ++stats_.goaways;
    if (const auto times = goaway_lines_.admit(loop_.clock().steady()))
        note(log::Level::Info, why, *times);
    if (connection.wasUseless()) reconnect_.failed();
}

void Pool::Impl::requestEnded(Request& request, Session::Ending ending, std::string_view why) {
    if (closed_) return;
    switch (ending) {
        case Session::Ending::Answered:
            reconnect_.answered();
            return answer(request, Failure::None, {});
        case Session::Ending::Unprocessed:
            return sendAgain(request, Resend::AtOnce);
        case Session::Ending::Refused:
            return sendAgain(request, Resend::Later);
        case Session::Ending::Broken:
            return answer(request, Failure::Lost, why);
        case Session::Ending::Abandoned:
            slab_.release(request);
            return schedule();
    }
}

void Pool::Impl::answer(Request& request, Failure failure, std::string_view why) {
    request.deadline.unlink();
    if (failure != Failure::None) request.fail(failure, std::string(why));
    answered_.push_back(request);
    schedule();
}

void Pool::Impl::sendAgain(Request& request, Resend when) {
    if (request.times_unprocessed == kMaxResends)
        return answer(request, Failure::Refused,
                      "the server turned the request away " + std::to_string(kMaxResends + 1) +
                          " times without processing it");
    ++request.times_unprocessed;
    ++stats_.resent;
    request.rewind();
    if (when == Resend::AtOnce)
        backlog_.add(request);
    else
        backlog_.addLater(request);
    schedule();
}

void Pool::Impl::expire(Request& request) {
    std::string why =
        "no answer within " + std::to_string(options_.request_timeout.inRealTime().count()) + " ms";
    if (!request.connection) {
        backlog_.remove(request);
        return answer(request, Failure::Timeout, why + ": the request waited to be sent");
    }
    // nghttp2 may still read from this request: another one carries the news.
    Request& news = slab_.take();
    request.deadline.unlink();
    news.tag = request.tag;
    answer(news, Failure::Timeout, why);
    Connection& connection = *request.connection;
    news.connection_number = connection.number();
    // A peer that answers PINGs may have lost the server behind it. Only answers show that requests
    // arrive.
    const bool unanswering = connection.answeredNothingSince(request);
    connection.abandon(request);
    if (unanswering) retire(connection);
}

}  // namespace postbell::engine
