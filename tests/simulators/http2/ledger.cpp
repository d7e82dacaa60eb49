// SPDX-License-Identifier: Apache-2.0
#include "ledger.h"

#include <algorithm>
#include <chrono>

namespace http2_simulator {

namespace {

constexpr std::size_t kMaxViolations = 1000;
constexpr std::size_t kMaxSeconds = 24 * 60 * 60;
// Apple: "APNs treats rapid connection and disconnection as a denial-of-service attack": where that
// begins is not said.
constexpr std::size_t kManyConnections = 10;
constexpr std::int64_t kMinuteUs = 60'000'000;

// Parts of a PackedRequest beyond the headers.
constexpr std::size_t kPayload = kHeaderCount;
constexpr std::size_t kUnknown = kHeaderCount + 1;
constexpr std::size_t kAnswerId = kHeaderCount + 2;

std::int64_t unixUsNow() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

void PackedRequest::assign(const Request& request, std::string_view answer_id) {
    std::string unknown;
    for (const auto& [name, value] : request.unknown()) unknown.append(name + ": " + value + "\n");
    std::array<std::string_view, kHeaderCount + 3> parts;
    for (std::size_t i = 0; i < kHeaderCount; ++i)
        if (const auto header = static_cast<Header>(i); header != Header::Authorization)
            parts[i] = request[header];
    parts[kPayload] = request.payload();
    parts[kUnknown] = unknown;
    parts[kAnswerId] = answer_id;

    std::size_t total = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
        ends_[i] = static_cast<std::uint32_t>(total += parts[i].size());
    bytes_.clear();
    bytes_.reserve(total);
    for (const auto part : parts) bytes_ += part;
    payload_size_ = request.payloadSize();
}

std::string_view PackedRequest::part(std::size_t i) const {
    const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
}

std::string_view PackedRequest::header(Header header) const {
    return part(static_cast<std::size_t>(header));
}

std::string_view PackedRequest::payload() const {
    return part(kPayload);
}

std::string_view PackedRequest::unknown() const {
    return part(kUnknown);
}

std::string_view PackedRequest::answerId() const {
    return part(kAnswerId);
}

Ledger::Ledger(bool record, std::size_t limit)
    : record_(record), limit_(limit), start_monotonic_us_(monotonicUs()) {
    statistics_.since_unix_us = unixUsNow();
}

Statistics::Second& Ledger::second(std::int64_t monotonic_us) {
    const auto index =
        std::min(static_cast<std::size_t>(
                     std::max<std::int64_t>(0, monotonic_us - start_monotonic_us_) / 1'000'000),
                 kMaxSeconds);
    if (statistics_.seconds.size() <= index) statistics_.seconds.resize(index + 1);
    return statistics_.seconds[index];
}

void Ledger::countEnd(const PushEntry& push) {
    if (push.processed) {
        ++statistics_.processed;
        ++second(push.ended_monotonic_us).processed;
        if (waiters_ > 0) processed_changed_.notify_all();
    }
    if (push.outcome != Outcome::Answered)
        ++statistics_.unanswered[push.outcome];
    else if (push.status == 200)
        ++statistics_.answered_200;
    else
        ++statistics_.refusals[{push.status, push.reason}];
}

std::uint64_t Ledger::add(PushEntry entry, const Request& request, std::string_view answer_id) {
    std::lock_guard lock(mutex_);
    const std::uint64_t number = ++last_number_;
    ++statistics_.requests;
    ++second(entry.received.monotonic_us).requests;
    for (const char* text : entry.verdict.violations) noteViolation(entry.connection, text);
    if (entry.outcome != Outcome::Pending) countEnd(entry);
    if (!record_) {
        if (entry.outcome == Outcome::Pending) pending_.emplace(number, std::move(entry));
        return number;
    }
    const std::size_t slot = (number - 1) % limit_;
    if (slot >= ring_.size()) ring_.emplace_back();
    Push& push = ring_[slot];
    static_cast<PushEntry&>(push) = std::move(entry);
    push.number = number;
    push.request.assign(request, answer_id);
    return number;
}

void Ledger::finish(std::uint64_t number, Outcome outcome, bool processed, int status,
                    std::string_view reason) {
    std::lock_guard lock(mutex_);
    if (number < first_number_) return;
    PushEntry* entry = nullptr;
    if (!record_) {
        const auto found = pending_.find(number);
        if (found != pending_.end()) entry = &found->second;
    } else if (const std::size_t slot = (number - 1) % limit_;
               slot < ring_.size() && ring_[slot].number == number) {
        entry = &ring_[slot];
    }
    if (entry == nullptr || entry->outcome != Outcome::Pending) return;
    entry->outcome = outcome;
    entry->processed = processed;
    entry->status = status;
    entry->reason = reason;
    entry->ended_monotonic_us = monotonicUs();
    countEnd(*entry);
    if (!record_) pending_.erase(number);
}

void Ledger::connectionOpened(std::uint64_t connection) {
    open_connections_.fetch_add(1);
    std::lock_guard lock(mutex_);
    ++statistics_.connections_opened;
    ++second(monotonicUs()).connections;
    const std::int64_t now = monotonicUs();
    recent_connections_us_.push_back(now);
    while (now - recent_connections_us_.front() > kMinuteUs) recent_connections_us_.pop_front();
    if (recent_connections_us_.size() > kManyConnections)
        noteViolation(connection, "more than 10 connections within a minute");
}

void Ledger::connectionClosed() {
    open_connections_.fetch_sub(1);
}

void Ledger::closedAtAccept() {
    std::lock_guard lock(mutex_);
    ++statistics_.connections_closed_at_accept;
    ++second(monotonicUs()).connections;
}

void Ledger::handshakeFailed(std::uint64_t connection, const std::string& why) {
    std::lock_guard lock(mutex_);
    ++statistics_.handshakes_failed;
    noteViolation(connection, "TLS: " + why);
}

void Ledger::pingReceived() {
    std::lock_guard lock(mutex_);
    ++statistics_.pings;
}

void Ledger::beyondGoaway() {
    std::lock_guard lock(mutex_);
    ++statistics_.beyond_goaway;
}

void Ledger::streamsOpen(std::size_t count) {
    std::size_t high = streams_high_water_.load(std::memory_order_relaxed);
    while (count > high && !streams_high_water_.compare_exchange_weak(high, count)) {
    }
}

void Ledger::violation(std::uint64_t connection, const std::string& text) {
    std::lock_guard lock(mutex_);
    noteViolation(connection, text);
}

void Ledger::noteViolation(std::uint64_t connection, const std::string& text) {
    ++statistics_.violation_counts[text];
    if (statistics_.violations.size() < kMaxViolations)
        statistics_.violations.push_back({unixUsNow(), connection, text});
}

Statistics Ledger::statistics() const {
    std::lock_guard lock(mutex_);
    return statistics_;
}

std::vector<Push> Ledger::pushes(std::uint64_t since, std::size_t limit,
                                 std::uint64_t& oldest) const {
    std::lock_guard lock(mutex_);
    oldest =
        std::max<std::uint64_t>(first_number_, last_number_ - std::min(last_number_, limit_) + 1);
    std::vector<Push> list;
    if (!record_) return list;
    for (std::uint64_t number = std::max(since + 1, oldest);
         number <= last_number_ && list.size() < limit; ++number)
        list.push_back(ring_[(number - 1) % limit_]);
    return list;
}

std::uint64_t Ledger::wait(std::uint64_t count, std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    ++waiters_;
    processed_changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                [&] { return stopped_ || statistics_.processed >= count; });
    --waiters_;
    return statistics_.processed;
}

void Ledger::reset() {
    std::lock_guard lock(mutex_);
    // Numbers go on, so that what was pending finds no stranger under its number.
    first_number_ = last_number_ + 1;
    pending_.clear();
    statistics_ = Statistics{};
    statistics_.since_unix_us = unixUsNow();
    recent_connections_us_.clear();
    streams_high_water_.store(0);
    start_monotonic_us_ = monotonicUs();
}

void Ledger::stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    processed_changed_.notify_all();
}

}  // namespace http2_simulator
