// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace postbell::net {

/// One holder's share of the memory for a server's requests; given back when destroyed, on any
/// thread. The sum of the shares is shared, since a request may outlive the server.
class MemoryShare {
  public:
    using Total = std::shared_ptr<std::atomic<std::size_t>>;

    /// Of no server: always nothing.
    MemoryShare() = default;
    explicit MemoryShare(Total total) : total_(std::move(total)) {}
    MemoryShare(MemoryShare&& other) noexcept
        : total_(std::move(other.total_)), bytes_(std::exchange(other.bytes_, 0)) {}
    MemoryShare& operator=(MemoryShare&& other) noexcept {
        if (this == &other) return *this;
        set(0);
        total_ = std::move(other.total_);
        bytes_ = std::exchange(other.bytes_, 0);
        return *this;
    }
    ~MemoryShare() { set(0); }

    std::size_t bytes() const { return bytes_; }
    void set(std::size_t bytes) noexcept {
        if (!total_ || bytes == bytes_) return;
        // Unsigned numbers wrap around: this subtracts too.
        total_->fetch_add(bytes - bytes_, std::memory_order_relaxed);
        bytes_ = bytes;
    }

  private:
    Total total_;
    std::size_t bytes_ = 0;
};

}  // namespace postbell::net
