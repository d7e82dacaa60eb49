// SPDX-License-Identifier: Apache-2.0
#include "net/address_counter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace postbell::net {
namespace {

PeerAddress ofIPv4(const void* bytes) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, bytes, text, sizeof text);
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes, sizeof bits);
    return {text, {bits, false}};
}

}  // namespace

PeerAddress PeerAddress::of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in ipv4;
        std::memcpy(&ipv4, &address, sizeof ipv4);
        return ofIPv4(&ipv4.sin_addr);
    }
    if (address.ss_family != AF_INET6) return {};
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address, sizeof ipv6);
    const unsigned char* bytes = ipv6.sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return ofIPv4(bytes + 12);
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, bytes, text, sizeof text);
    PeerAddress peer{text, {0, true}};
    std::memcpy(&peer.key.bits, bytes, sizeof peer.key.bits);
    return peer;
}

bool AddressCounter::add(const AddressKey& key, std::size_t limit) {
    const std::lock_guard lock(counts_mutex_);
    const auto [entry, is_new] = counts_.try_emplace(key, 0);
    if (entry->second >= limit) {
        if (is_new) counts_.erase(entry);
        return false;
    }
    ++entry->second;
    return true;
}

void AddressCounter::remove(const AddressKey& key) {
    const std::lock_guard lock(counts_mutex_);
    const auto entry = counts_.find(key);
    if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
}

}  // namespace postbell::net
