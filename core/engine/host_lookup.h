// SPDX-License-Identifier: Apache-2.0
// Host names to addresses.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ip_address.h"
#include "engine/lookup_queue.h"
#include "util/real_time.h"

namespace postbell::engine {

class Loop;

/// The system's resolver blocks, for half a minute where name servers are silent. So each name has
/// a thread of its own while it is looked up, once for all callers: one name's trouble is no
/// other's, and does not hold up the end of the process. Confined to the loop's thread.
class HostLookup {
  public:
    using Addresses = std::vector<IpAddress>;
    struct Found {
        Addresses addresses;
        std::string problem;   ///< why there are no addresses
        bool crowded = false;  ///< since too many other names are looked up
    };
    using Done = std::function<void(const Found& found)>;
    /// Blocks; called on a thread of its own. Returns why there are no addresses, or "".
    using Resolver = std::function<std::string(const std::string& host, Addresses& out)>;

    HostLookup(Loop& loop, LookupShares shares, Resolver resolver);
    ~HostLookup();
    HostLookup(const HostLookup&) = delete;
    HostLookup& operator=(const HostLookup&) = delete;

    /// Calls `done` later, on the loop's thread. `who` asks for one name at a time. `owner`: the
    /// search takes its share of the threads.
    void find(const std::string& host, const void* who, std::uint64_t owner, Done done);
    /// `who` is not called any more.
    void forget(const void* who);

  private:
    struct Door;
    using Askers = std::map<const void*, Done>;

    bool enqueue(const std::string& host, std::uint64_t owner);
    void leaveQueue(const std::string& host, LookupQueue::Pace pace);
    void startWhatMay();
    void start(const std::string& host);
    static void look(HostLookup* lookup, Door& door, const std::string& host) noexcept;
    void dropForgotten();
    void answerLater(const std::string& host, Found found);
    void ended(const std::string& host, util::RealTime started, const Found& found);
    void answer(const std::string& host, const Found& found);

    std::shared_ptr<Door> door_;  ///< shared with threads that may outlive us
    LookupQueue queue_;
    std::map<std::string, Askers> searches_;
};

/// getaddrinfo().
std::string systemResolver(const std::string& host, HostLookup::Addresses& out);

}  // namespace postbell::engine
