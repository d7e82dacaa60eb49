// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace postbell::engine {

/// The connections of one loop to servers that devices named: as many origins as devices like, but
/// not as many sockets. An owner has at most a quarter of the places, and the last quarter is for
/// owners with few. Confined to the loop's thread.
class DeviceConnections {
  public:
    /// A connection, from the attempt to the end.
    class Member : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      public:
        Member(DeviceConnections& all, std::uint64_t owner);
        virtual ~Member();
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

        /// The connection has no request: it may be asked to make room.
        void idle();
        void busy() { unlink(); }
        /// Another connection wants its place: it ends at the end of this turn.
        virtual void makeRoom() = 0;

      private:
        friend DeviceConnections;
        DeviceConnections& all_;
        const std::uint64_t owner_;
    };

    explicit DeviceConnections(std::size_t max) : max_(max) {}

    /// The owner may open one more. At a limit, the connection that has been idle longest makes
    /// room: of all, or of the owner's where the limit is his.
    bool admit(std::uint64_t owner);
    std::size_t count() const { return count_; }

  private:
    std::size_t ownedBy(std::uint64_t owner) const;

    const std::size_t max_;
    std::map<std::uint64_t, std::size_t> owners_;
    std::size_t count_ = 0;
    boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> idle_;
};

}  // namespace postbell::engine
