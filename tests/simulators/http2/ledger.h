// SPDX-License-Identifier: Apache-2.0
// The simulator's own record: every request in the order of arrival, and the counts.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "request.h"
#include "simulated_clock.h"
#include "verdict.h"

namespace http2_simulator {

/// A request in one piece of memory.
class PackedRequest {
  public:
    void assign(const Request& request, std::string_view answer_id);
    std::string_view header(Header header) const;
    std::string_view payload() const;
    std::size_t payloadSize() const { return payload_size_; }
    /// "name: value\n" of each unknown apns- header.
    std::string_view unknown() const;
    /// The id that was or will be answered.
    std::string_view answerId() const;

  private:
    std::string_view part(std::size_t i) const;

    std::string bytes_;
    std::array<std::uint32_t, kHeaderCount + 3> ends_{};
    std::size_t payload_size_ = 0;
};

enum class Outcome {
    Pending,      // a delay or hold is under way
    Answered,     // a response was handed to TLS
    Reset,        // RST_STREAM instead of an answer
    Closed,       // the connection ended first, by our doing or theirs
    Unprocessed,  // above a GOAWAY's last-stream-id
    Cancelled     // the client reset the stream first
};

/// What is known of a request when it is entered.
struct PushEntry {
    Moment received;
    std::uint64_t connection = 0;
    std::int32_t stream_id = 0;
    std::shared_ptr<const std::string> credential;
    Verdict verdict;
    Outcome outcome = Outcome::Pending;
    /// The device got it.
    bool processed = false;
    int status = 0;
    std::string reason;
    std::shared_ptr<const std::string> fault;
    std::int64_t ended_monotonic_us = 0;
};

struct Push : PushEntry {
    std::uint64_t number = 0;
    PackedRequest request;
};

struct Violation {
    std::int64_t unix_us;
    std::uint64_t connection;
    std::string text;
};

/// The counts since the start or the last reset.
struct Statistics {
    std::int64_t since_unix_us = 0;
    std::uint64_t requests = 0;
    std::uint64_t processed = 0;
    std::uint64_t answered_200 = 0;
    std::map<std::pair<int, std::string>, std::uint64_t> refusals;
    std::map<Outcome, std::uint64_t> unanswered;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_closed_at_accept = 0;
    std::uint64_t handshakes_failed = 0;
    std::uint64_t pings = 0;
    std::uint64_t beyond_goaway = 0;
    std::map<std::string, std::uint64_t> violation_counts;
    std::vector<Violation> violations;  // the first thousand
    struct Second {
        std::uint32_t requests = 0;
        std::uint32_t processed = 0;
        std::uint32_t connections = 0;
    };
    std::vector<Second> seconds;
};

/// Thread-safe.
class Ledger {
  public:
    Ledger(bool record, std::size_t limit);

    /// Returns the push's number, from 1.
    std::uint64_t add(PushEntry entry, const Request& request, std::string_view answer_id);
    /// Ends what was Pending.
    void finish(std::uint64_t number, Outcome outcome, bool processed, int status,
                std::string_view reason);

    void connectionOpened(std::uint64_t connection);
    void connectionClosed();
    void closedAtAccept();
    void handshakeFailed(std::uint64_t connection, const std::string& why);
    void pingReceived();
    void beyondGoaway();
    void streamsOpen(std::size_t count);
    void violation(std::uint64_t connection, const std::string& text);

    std::size_t openConnections() const { return open_connections_.load(); }
    std::size_t streamsHighWater() const { return streams_high_water_.load(); }
    Statistics statistics() const;
    /// Copies of the recorded pushes numbered above `since`, at most `limit`; `oldest` is the first
    /// number still kept.
    std::vector<Push> pushes(std::uint64_t since, std::size_t limit, std::uint64_t& oldest) const;
    /// Until `count` pushes were processed since the last reset. Returns how many were.
    std::uint64_t wait(std::uint64_t count, std::int64_t timeout_ms);
    void reset();
    /// Ends every wait().
    void stop();

  private:
    void noteViolation(std::uint64_t connection, const std::string& text);
    Statistics::Second& second(std::int64_t monotonic_us);
    void countEnd(const PushEntry& push);

    const bool record_;
    const std::size_t limit_;
    std::atomic<std::size_t> open_connections_{0};
    std::atomic<std::size_t> streams_high_water_{0};
    mutable std::mutex mutex_;
    std::condition_variable processed_changed_;
    bool stopped_ = false;
    std::size_t waiters_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t first_number_ = 1;
    std::deque<Push> ring_;  // number n is at (n - 1) % limit_
    // With the record off: requests that are still pending, to count their end.
    std::map<std::uint64_t, PushEntry> pending_;
    std::deque<std::int64_t> recent_connections_us_;
    std::int64_t start_monotonic_us_;
    Statistics statistics_;
};

}  // namespace http2_simulator
