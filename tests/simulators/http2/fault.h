// SPDX-License-Identifier: Apache-2.0
// Misbehaviour on request: rules, and which of them a request or a new connection meets.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http2_simulator {

enum class FaultKind {
    Answer,
    Delay,
    Hold,
    Goaway,
    RstStream,
    Close,
    Settings,
    Garbage,
    Blackhole,
    HalfOpenTls,
    NotH2,
    MaxConnections,
    Refuse
};

enum class FaultPoint { Request, Accept, Now };

/// What is done. The fields that do not belong to the kind keep their defaults.
struct FaultAction {
    FaultKind kind = FaultKind::Answer;
    FaultPoint point = FaultPoint::Request;
    std::string name;
    std::int64_t delay_ms = 0;
    /// Whether the device got the push although the provider is not told so.
    bool processed = false;

    // Answer
    int status = 200;
    std::string reason;
    std::optional<std::int64_t> timestamp_ms;
    std::string retry_after;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> body;
    /// As a proxy on the way answers: without the network's header.
    bool intercepted = false;

    // Goaway, RstStream
    std::uint32_t error_code = 0;
    std::string debug_reason;
    unsigned cut = 0;
    bool graceful = false;
    std::optional<std::int32_t> last_stream_id;

    std::uint64_t after_bytes = 0;                        // Close
    bool fin = false;                                     // Close
    std::optional<std::uint32_t> max_concurrent_streams;  // Settings
    std::optional<std::uint32_t> initial_window_size;     // Settings
    std::optional<std::uint32_t> header_table_size;       // Settings
    std::string garbage;                                  // Garbage
    std::string alpn;         // NotH2: "http/1.1", or empty for no answer
    std::size_t limit = 0;    // MaxConnections
    std::int64_t for_ms = 0;  // Refuse; 0: until the faults are cleared
};

struct FaultMatch {
    std::string token_prefix;
    std::string topic;
    std::optional<std::uint64_t> connection;
    std::uint64_t skip = 0;
    std::uint64_t every = 1;
    std::optional<std::uint64_t> next;
    double probability = 1.0;
    std::uint64_t seed = 1;
};

struct FaultRule {
    FaultMatch match;
    std::shared_ptr<const FaultAction> action;
    /// How often the match's words fitted, and how often the action followed.
    std::uint64_t seen = 0;
    std::uint64_t hits = 0;
    std::mt19937_64 random{};
};

/// The rules in force, in order: the first that fits acts. Thread-safe.
class FaultBook {
  public:
    void add(std::vector<FaultRule> rules);
    void clear();
    std::vector<FaultRule> rules() const;

    /// Null: nothing.
    std::shared_ptr<const FaultAction> onRequest(std::string_view token, std::string_view topic,
                                                 std::uint64_t connection);
    std::shared_ptr<const FaultAction> onAccept(std::uint64_t connection, std::size_t open);

  private:
    std::atomic<bool> any_{false};
    mutable std::mutex mutex_;
    std::vector<FaultRule> rules_;
};

}  // namespace http2_simulator
