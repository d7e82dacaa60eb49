// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/intrusive/list.hpp>

#include <cstddef>

namespace postbell::engine {

/// The connections of one loop to servers that devices named: as many origins as devices like, but
/// not as many sockets. Confined to the loop's thread.
class DeviceConnections {
  public:
    /// A connection, from the attempt to the end.
    class Member : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      public:
        explicit Member(DeviceConnections& all) : all_(all) { ++all_.count_; }
        virtual ~Member() { --all_.count_; }
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

        /// The connection has no request: it may be asked to make room.
        void idle();
        void busy() { unlink(); }
        /// Another connection wants its place: it ends at the end of this turn.
        virtual void makeRoom() = 0;

      private:
        DeviceConnections& all_;
    };

    explicit DeviceConnections(std::size_t max) : max_(max) {}

    /// One more may be opened. At the limit, the connection that has been idle longest makes room.
    bool admit();
    std::size_t count() const { return count_; }

  private:
    const std::size_t max_;
    std::size_t count_ = 0;
    boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> idle_;
};

}  // namespace postbell::engine
