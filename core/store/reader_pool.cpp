// SPDX-License-Identifier: Apache-2.0
#include "store/reader_pool.h"

namespace postbell::store {

namespace {

// Holds the inner pages of the trees at 1,000,000 registrations; the leaves are the operating
// system's business.
constexpr int kCacheKib = 4096;

}  // namespace

ReaderPool::ReaderPool(std::filesystem::path file) : file_(std::move(file)) {}

std::unique_ptr<Connection> ReaderPool::take() {
    {
        const std::lock_guard lock(idle_mutex_);
        if (!idle_.empty()) {
            std::unique_ptr<Connection> connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    return std::make_unique<Connection>(file_, Connection::Access::Read, kCacheKib);
}

void ReaderPool::giveBack(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(idle_mutex_);
    idle_.push_back(std::move(connection));
}

}  // namespace postbell::store
