// SPDX-License-Identifier: Apache-2.0
#include "engine/lookup_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postbell::engine {
namespace {

constexpr std::size_t kMaxProven = 4'096;

}  // namespace

std::string_view siteOf(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::size_t last = host.rfind('.');
    if (last == std::string_view::npos || last == 0) return host;
    const std::size_t before = host.rfind('.', last - 1);
    return before == std::string_view::npos ? host : host.substr(before + 1);
}

bool LookupQueue::add(const std::string& host, std::uint64_t owner) {
    const auto owners = std::count_if(waiting_.begin(), waiting_.end(),
                                      [&](const Entry& entry) { return entry.owner == owner; });
    if (waiting_.size() >= kMaxWaiting) return false;
    const bool proven = proven_places_.contains(host);
    // An owner's own flood of new names does not keep out those that are known to work.
    if (!proven && static_cast<std::size_t>(owners) >= shares_.owner_waiting) return false;
    waiting_.push_back({host, owner, proven});
    return true;
}

bool LookupQueue::remove(const std::string& host) {
    return std::erase_if(waiting_, [&](const Entry& entry) { return entry.host == host; }) != 0;
}

bool LookupQueue::mayStart(const Entry& entry) const {
    if (running_.size() >= shares_.all) return false;
    std::size_t of_kind = 0, of_owner = 0, of_site = 0;
    for (const auto& [host, other] : running_) {
        if (other.proven != entry.proven) continue;
        ++of_kind;
        if (other.owner != entry.owner) continue;
        ++of_owner;
        of_site += siteOf(host) == siteOf(entry.host) ? 1 : 0;
    }
    if (entry.proven) return of_owner < shares_.proven_owner && of_site < shares_.proven_site;
    return of_kind < shares_.unproven && of_owner < shares_.owner && of_site < shares_.site;
}

std::optional<std::string> LookupQueue::take() {
    const auto next = std::find_if(waiting_.begin(), waiting_.end(),
                                   [this](const Entry& entry) { return mayStart(entry); });
    if (next == waiting_.end()) return std::nullopt;
    std::string host = next->host;
    running_.emplace(host, std::move(*next));
    waiting_.erase(next);
    return host;
}

void LookupQueue::ended(const std::string& host, Pace pace) {
    running_.erase(host);
    forget(host);
    if (pace == Pace::Quick)
        remember(host);
    else
        forgetSite(siteOf(host));
}

void LookupQueue::forgetSite(std::string_view site) {
    for (Entry& entry : waiting_)
        if (siteOf(entry.host) == site) entry.proven = false;
    for (auto name = proven_.begin(); name != proven_.end();) {
        const auto next = std::next(name);
        if (siteOf(*name) == site) forget(std::string(*name));
        name = next;
    }
}

void LookupQueue::remember(const std::string& host) {
    proven_.push_front(host);
    proven_places_[host] = proven_.begin();
    if (proven_.size() > kMaxProven) forget(std::string(proven_.back()));
}

void LookupQueue::forget(const std::string& host) {
    const auto place = proven_places_.find(host);
    if (place == proven_places_.end()) return;
    proven_.erase(place->second);
    proven_places_.erase(place);
}

}  // namespace postbell::engine
