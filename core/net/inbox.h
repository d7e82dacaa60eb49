// SPDX-License-Identifier: Apache-2.0
// Items that other threads hand to a reactor.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "net/http_server.h"
#include "net/server_state.h"
#include "util/file_descriptor.h"

namespace postbell::net {

/// Names a connection of a reactor for ever: slots are used again, tokens are not (the upper half
/// counts the uses).
using ConnectionToken = std::uint64_t;

struct Answer {
    ConnectionToken connection = 0;
    std::uint64_t request = 0;  ///< the connection's number for it
    /// Nothing: the request's responder was dropped.
    std::optional<Response> response;
};

/// Thread-safe. Many items cost one wake-up. Shared by the reactor and the responders, which may
/// outlive the reactor: items posted after close() are dropped. Items posted on the reactor's own
/// thread take no lock and wake no thread.
class Inbox {
  public:
    struct Items {
        std::vector<Answer> answers;
        std::vector<Accepted> accepted;
        bool room_wanted = false;                       ///< for a descriptor
        std::optional<util::SteadyTime> stop_deadline;  ///< stays, once it is there
    };

    Inbox();

    /// Waits for memory, if need be: without an answer, the connection waits as long as its client.
    void post(Answer&& answer) noexcept;
    void post(Accepted&& accepted);
    /// The process has no descriptor left: a connection that can be spared is to end.
    void postRoomWanted();
    void postStop(util::SteadyTime deadline);
    void close();

    int wakeDescriptor() const { return wake_.get(); }
    // For the reactor's thread, in this order.
    void bindToThisThread();
    Items& own() { return own_; }
    /// After a wake-up: `items` becomes the posted items, and nothing else.
    void take(Items& items);
    void unbind();

  private:
    void wake();

    util::FileDescriptor wake_;
    Items own_;  ///< confined to the reactor's thread
    std::mutex items_mutex_;
    Items items_;
    bool woken_ = false;
    bool closed_ = false;
};

/// Answers one request through the inbox, and gives its place back before.
class RequestTarget final : public Responder::Target {
  public:
    RequestTarget(std::shared_ptr<Inbox> inbox, InWork place, ConnectionToken connection,
                  std::uint64_t request)
        : inbox_(std::move(inbox)),
          place_(std::move(place)),
          connection_(connection),
          request_(request) {}

    void answer(Response&& response) override { post(std::move(response)); }
    void drop() noexcept override { post(std::nullopt); }
    bool isWanted() const override { return wanted_.load(std::memory_order_relaxed); }
    /// The peer is gone. Any thread may say so.
    void becomeUnwanted() { wanted_.store(false, std::memory_order_relaxed); }

  private:
    void post(std::optional<Response>&& response) noexcept;

    const std::shared_ptr<Inbox> inbox_;
    InWork place_;
    const ConnectionToken connection_;
    const std::uint64_t request_;
    std::atomic<bool> wanted_ = true;
};

}  // namespace postbell::net
