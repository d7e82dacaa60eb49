// SPDX-License-Identifier: Apache-2.0
// Which host name is looked up next.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace postbell::engine {

/// How many names are looked up at a time.
struct LookupShares {
    std::size_t all = 16;
    /// Names that were not looked up quickly the last time, or never.
    std::size_t unproven = 16;
    /// Unproven names of one owner, and those of them below one registered name.
    std::size_t owner = 16;
    std::size_t site = 16;
    /// Of one owner, how many names may wait.
    std::size_t owner_waiting = 1'000;
    /// Names that were quick the last time: of one owner, and those of them of one site.
    std::size_t proven_owner = 16;
    std::size_t proven_site = 16;
};

/// A look-up occupies a thread until the name server answers, and an attacker may have a name whose
/// server does not. So names whose last look-up was quick are proven: they wait for no name of the
/// other kind. Both kinds are bounded by owner, and by site for each owner: one domain has any
/// number of names, and its name server may answer by turns at once and not at all. A look-up that
/// was not quick takes the proof of all names of its site away. Names with the same rights go in
/// the order of their coming. Confined to one thread.
class LookupQueue {
  public:
    static constexpr std::size_t kMaxWaiting = 1'000;

    explicit LookupQueue(LookupShares shares) : shares_(shares) {}

    /// Precondition: `host` neither waits nor is being looked up. False: too many wait.
    bool add(const std::string& host, std::uint64_t owner);
    /// False: it does not wait.
    bool remove(const std::string& host);
    /// The name to be looked up now, which counts as being looked up from here on.
    std::optional<std::string> take();
    enum class Pace {
        Quick,  ///< there were addresses, and soon
        Slow,
    };
    void ended(const std::string& host, Pace pace);

    std::size_t waiting() const { return waiting_.size(); }

  private:
    struct Entry {
        std::string host;
        std::uint64_t owner = 0;
        bool proven = false;
    };

    bool mayStart(const Entry& entry) const;
    void forgetSite(std::string_view site);
    void remember(const std::string& host);
    void forget(const std::string& host);

    const LookupShares shares_;
    std::deque<Entry> waiting_;
    std::map<std::string, Entry> running_;
    // The names whose last look-up was quick, the latest first; bounded.
    std::list<std::string> proven_;
    std::unordered_map<std::string, std::list<std::string>::iterator> proven_places_;
};

/// The last two labels of a host name. The names below a public suffix of two labels (co.uk) count
/// as one site: they share, and none is held up for longer than it takes.
std::string_view siteOf(std::string_view host);

}  // namespace postbell::engine
