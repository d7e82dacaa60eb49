// SPDX-License-Identifier: Apache-2.0
#include "engine/connection_set.h"

#include <algorithm>
#include <utility>

namespace postbell::engine {
namespace {

/// The one with the fewest requests among those that `fit`; null: none does.
template <class Fit>
Connection* least(const std::vector<std::unique_ptr<Connection>>& all, Fit fit) {
    Connection* least = nullptr;
    for (const auto& connection : all)
        if (fit(*connection) && (!least || connection->openRequests() < least->openRequests()))
            least = connection.get();
    return least;
}

}  // namespace

Connection& ConnectionSet::add(std::unique_ptr<Connection> connection) {
    all_.push_back(std::move(connection));
    return *all_.back();
}

void ConnectionSet::remove(const Connection& connection) {
    const auto it = std::find_if(all_.begin(), all_.end(),
                                 [&](const auto& c) { return c.get() == &connection; });
    removed_.push_back(std::move(*it));
    all_.erase(it);
}

void ConnectionSet::clear() {
    all_.clear();
    removed_.clear();
}

Connection* ConnectionSet::find(std::uint64_t number) const {
    for (const auto& connection : all_)
        if (connection->number() == number) return connection.get();
    return nullptr;
}

Connection* ConnectionSet::leastBusy() const {
    return least(all_, [](const Connection& connection) { return connection.slots() > 0; });
}

std::size_t ConnectionSet::freeStreams() const {
    std::size_t free = 0;
    for (const auto& connection : all_) free += connection->slots();
    return free;
}

unsigned ConnectionSet::usable() const {
    return static_cast<unsigned>(
        std::count_if(all_.begin(), all_.end(), [](const auto& c) { return c->usable(); }));
}

bool ConnectionSet::connecting() const {
    return std::any_of(all_.begin(), all_.end(), [](const auto& c) { return c->connecting(); });
}

unsigned ConnectionSet::openRequests() const {
    unsigned open = 0;
    for (const auto& connection : all_) open += connection->openRequests();
    return open;
}

void ConnectionSet::flush(std::string& scratch) {
    for (std::size_t i = 0; i < all_.size();) {
        const Connection* connection = all_[i].get();
        all_[i]->flush(scratch);
        // A connection that ended meanwhile was removed.
        if (i < all_.size() && all_[i].get() == connection) ++i;
    }
}

void ConnectionSet::retireSurplus(unsigned most) {
    for (unsigned count = usable(); count > most; --count)
        least(all_, [](const Connection& connection) { return connection.usable(); })->retire();
}

void ConnectionSet::retireAll() {
    for (const auto& connection : all_) connection->retire();
}

}  // namespace postbell::engine
