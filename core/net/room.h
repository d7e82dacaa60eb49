// SPDX-License-Identifier: Apache-2.0
// Which of a reactor's connections end first where there is no room for all.
#pragma once
#include <boost/intrusive/list.hpp>

#include "util/time.h"

namespace postbell::net {

/// A part of a connection: its place in one of the lists, which it leaves when destroyed.
struct RoomPlace
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    util::SteadyTime since;

    void leave() {
        if (is_linked()) unlink();
    }
};

/// The connections that hold a place without a request in work. Confined to the reactor's thread,
/// whose time never goes back, so that each list is in the order of time.
class Room {
  public:
    /// A peer that connected or was answered this moment is about to send a request.
    static constexpr util::Milliseconds kMinIdle{1'000};
    /// A phone on a bad network needs a second or two to send a request.
    static constexpr util::Milliseconds kMinUnfinished{3'000};

    /// The connection waits for a request, or only for its end.
    void enterIdle(RoomPlace& place, util::SteadyTime now) { enter(idle_, place, now); }
    /// Its request is on the way in, or its answer on the way out.
    void enterUnfinished(RoomPlace& place, util::SteadyTime now) { enter(unfinished_, place, now); }

    /// The connection that ends next, taken out of its list: the longest idle, else the slowest.
    /// Null: each of them still has its time.
    RoomPlace* takeNext(util::SteadyTime now) {
        RoomPlace* const idle = take(idle_, now, kMinIdle);
        return idle ? idle : takeSlowest(now);
    }
    /// The connection whose request or answer has been under way longest; null as above.
    RoomPlace* takeSlowest(util::SteadyTime now) { return take(unfinished_, now, kMinUnfinished); }

  private:
    using List = boost::intrusive::list<RoomPlace, boost::intrusive::constant_time_size<false>>;

    static void enter(List& list, RoomPlace& place, util::SteadyTime now) {
        place.leave();
        place.since = now;
        list.push_back(place);
    }
    static RoomPlace* take(List& list, util::SteadyTime now, util::Milliseconds patience) {
        if (list.empty() || now - list.front().since < patience) return nullptr;
        RoomPlace& first = list.front();
        list.pop_front();
        return &first;
    }

    List idle_, unfinished_;
};

}  // namespace postbell::net
