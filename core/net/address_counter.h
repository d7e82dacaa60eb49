// SPDX-License-Identifier: Apache-2.0
// Peers' addresses, and how many connections each has.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace postbell::net {

/// The unit that connections are counted for: an IPv4 address, or an IPv6 /64, the share of one
/// customer (RFC 6177).
struct AddressKey {
    std::uint64_t bits = 0;
    bool ipv6 = false;
    bool operator==(const AddressKey&) const = default;
};

struct PeerAddress {
    std::string text;  ///< without a port; IPv4 mapped into IPv6 is shown as IPv4
    AddressKey key;

    static PeerAddress of(const sockaddr_storage& address);
};

/// Thread-safe; used when a connection comes and when it goes.
class AddressCounter {
  public:
    /// False, and nothing is counted, if `key` has `limit` connections already.
    bool add(const AddressKey& key, std::size_t limit);
    void remove(const AddressKey& key);

  private:
    struct Hash {
        std::size_t operator()(const AddressKey& key) const {
            return std::hash<std::uint64_t>()(key.bits * 2 + (key.ipv6 ? 1 : 0));
        }
    };
    std::mutex counts_mutex_;
    std::unordered_map<AddressKey, std::size_t, Hash> counts_;
};

}  // namespace postbell::net
