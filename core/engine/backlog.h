// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>

#include "engine/request.h"
#include "engine/resend_list.h"

namespace postbell::engine {

/// The requests of a pool that no connection has: they wait for a free stream, or for the end of a
/// pause since the peer refused them. They have the first right to a stream. Confined to the loop's
/// thread.
class Backlog {
  public:
    /// `due` is called when a request's pause is over: it waits for a stream now.
    Backlog(Loop& loop, std::function<void()> due);

    void add(Request& request);
    /// After a pause: the longer, the more often it was refused.
    void addLater(Request& request);
    /// Takes the oldest that waits for a stream. Null: none does.
    Request* takeFirst();
    /// To the place that takeFirst() took it from.
    void putBack(Request& request);
    void remove(Request& request);
    /// Takes one, whether it has a pause or not. Null: there is none left.
    Request* takeAny();
    /// Those that have a pause as well.
    std::size_t size() const { return size_; }
    bool hasFirst() const { return !waiting_.empty(); }
    void stop() { refused_.stop(); }

  private:
    PlaceList waiting_;
    ResendList refused_;
    std::size_t size_ = 0;
};

}  // namespace postbell::engine
