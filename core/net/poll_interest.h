// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/epoll.h>

#include <cstdint>

namespace postbell::net {

/// The events that a reactor's epoll reports of one descriptor; ends when that is closed.
class PollInterest {
  public:
    struct Events {
        bool reading = false, writing = false;
        bool peer_ends = false;  ///< its half of the connection, whether bytes are read or not
    };
    /// Begins with all but writing. Not watched() if the kernel has no memory for it.
    PollInterest(int epoll, int descriptor, std::uint64_t token)
        : epoll_(epoll), descriptor_(descriptor), token_(token) {
        watched_ = control(EPOLL_CTL_ADD);
    }
    bool watched() const { return watched_; }
    void set(const Events& events) {
        const std::uint32_t wanted = (events.reading ? std::uint32_t{EPOLLIN} : 0u) |
                                     (events.writing ? std::uint32_t{EPOLLOUT} : 0u) |
                                     (events.peer_ends ? std::uint32_t{EPOLLRDHUP} : 0u);
        if (wanted == events_) return;
        events_ = wanted;
        control(EPOLL_CTL_MOD);
    }

  private:
    bool control(int operation) const {
        epoll_event event{events_, {.u64 = token_}};
        return epoll_ctl(epoll_, operation, descriptor_, &event) == 0;
    }

    const int epoll_;
    const int descriptor_;
    const std::uint64_t token_;
    std::uint32_t events_ = EPOLLIN | std::uint32_t{EPOLLRDHUP};
    bool watched_ = false;
};

}  // namespace postbell::net
