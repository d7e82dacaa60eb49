// SPDX-License-Identifier: Apache-2.0
// A reactor's connections, and the tokens that name them.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "net/connection.h"

namespace postbell::net {

/// Owns the connections. Confined to the reactor's thread.
class ConnectionTable {
  public:
    /// The token of the connection that is put in next.
    ConnectionToken nextToken() {
        if (free_.empty()) {
            // A place for each slot: to end a connection needs no memory.
            if (free_.capacity() <= slots_.size()) free_.reserve(2 * slots_.size() + 1);
            slots_.emplace_back();
            free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
        }
        return makeToken(free_.back(), slots_[free_.back()].uses);
    }
    /// Precondition: it bears nextToken().
    Connection& put(std::unique_ptr<Connection> connection) {
        Slot& slot = slots_[free_.back()];
        free_.pop_back();
        ++size_;
        slot.connection = std::move(connection);
        return *slot.connection;
    }
    /// Null: it is gone.
    Connection* find(ConnectionToken token) const {
        const std::size_t index = slotOf(token);
        if (index >= slots_.size() || slots_[index].uses != usesOf(token)) return nullptr;
        return slots_[index].connection.get();
    }
    /// Precondition: it is there. Destroys it, and its token names nothing any more.
    void erase(ConnectionToken token) {
        const std::size_t index = slotOf(token);
        ++slots_[index].uses;
        slots_[index].connection.reset();
        free_.push_back(static_cast<std::uint32_t>(index));
        --size_;
    }
    std::size_t size() const { return size_; }
    std::vector<ConnectionToken> tokens() const {
        std::vector<ConnectionToken> tokens;
        for (const Slot& slot : slots_)
            if (slot.connection) tokens.push_back(slot.connection->token());
        return tokens;
    }
    void clear() { slots_.clear(); }

  private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint32_t uses = 0;
    };

    static ConnectionToken makeToken(std::size_t slot, std::uint32_t uses) {
        return (static_cast<std::uint64_t>(uses) << 32) | slot;
    }
    static std::size_t slotOf(ConnectionToken token) { return token & 0xffffffffu; }
    static std::uint32_t usesOf(ConnectionToken token) {
        return static_cast<std::uint32_t>(token >> 32);
    }

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

}  // namespace postbell::net
