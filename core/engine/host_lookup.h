// SPDX-License-Identifier: Apache-2.0
// Host names to addresses.
#pragma once
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ip_address.h"

namespace postbell::engine {

class Loop;

/// The system's resolver blocks, for half a minute where name servers are silent. So each name has
/// a thread of its own while it is looked up, once for all who ask: one name's trouble is nobody
/// else's, and does not hold up the end of the process. Confined to the loop's thread.
class HostLookup {
  public:
    using Addresses = std::vector<IpAddress>;
    /// No addresses: `problem` says why.
    using Done = std::function<void(const Addresses& addresses, const std::string& problem)>;
    /// Blocks; called on a thread of its own. Returns why there are no addresses, or "".
    using Resolver = std::function<std::string(const std::string& host, Addresses& out)>;

    /// At most `max_threads` names are looked up at a time.
    HostLookup(Loop& loop, std::size_t max_threads, Resolver resolver);
    ~HostLookup();
    HostLookup(const HostLookup&) = delete;
    HostLookup& operator=(const HostLookup&) = delete;

    /// Calls `done` later, on the loop's thread. `who` asks for one name at a time.
    void find(const std::string& host, const void* who, Done done);
    /// `who` is not called any more.
    void forget(const void* who);

  private:
    struct Door;
    using Waiting = std::map<const void*, Done>;

    void start(const std::string& host);
    void dropForgotten();
    void failLater(const std::string& host, const std::string& problem);
    void found(const std::string& host, const Addresses& addresses, const std::string& problem);

    std::shared_ptr<Door> door_;  ///< shared with threads that may outlive us
    const std::size_t max_threads_;
    std::map<std::string, Waiting> searches_;
    std::deque<std::string> queue_;  ///< those without a thread yet
    std::size_t running_ = 0;
};

/// getaddrinfo().
std::string systemResolver(const std::string& host, HostLookup::Addresses& out);

}  // namespace postbell::engine
