// SPDX-License-Identifier: Apache-2.0
// The connections of a pool.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/connection.h"

namespace postbell::engine {

/// Owns them. Confined to the loop's thread.
class ConnectionSet {
  public:
    Connection& add(std::unique_ptr<Connection> connection);
    /// Its functions may be on the stack: it is kept until dropRemoved().
    void remove(const Connection& connection);
    void dropRemoved() { removed_.clear(); }
    void clear();

    /// Null: it is gone.
    Connection* find(std::uint64_t number) const;
    /// Of those with a free stream; null: there is none.
    Connection* leastBusy() const;
    std::size_t freeStreams() const;
    unsigned usable() const;
    bool connecting() const;
    unsigned openRequests() const;

    /// Sends all frames that are due. `scratch` is any buffer.
    void flush(std::string& scratch);
    /// Retires the least busy until `most` are usable.
    void retireSurplus(unsigned most);
    void retireAll();

  private:
    std::vector<std::unique_ptr<Connection>> all_;
    std::vector<std::unique_ptr<Connection>> removed_;
};

}  // namespace postbell::engine
