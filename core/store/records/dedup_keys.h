// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postbell::store {

/// A message that is sent again is recognised by a part of its key's hash; 0: it has no key.
using DedupKey = std::uint64_t;

/// `text`: of the backend; empty: none. A key knows whether it is of new mail.
DedupKey dedupKey(std::string_view text, bool new_mail);

/// The keys of a registration's last events. New mail and changed counts have places of their own:
/// a mailbox in which much is read forgets none of its new mails, and only those ring.
class DedupKeys {
  public:
    static constexpr std::size_t kMaxNewMail = 8, kMaxCounts = 4;

    bool contains(DedupKey key) const;
    /// The oldest key of the same kind makes room. A key of 0 changes nothing.
    void add(DedupKey key);

    /// As stored: eight bytes for each key, oldest first. Bytes behind the last whole key are
    /// passed over.
    static DedupKeys parse(std::string_view bytes);
    std::string bytes() const;
    bool empty() const { return size_ == 0; }

  private:
    std::array<DedupKey, kMaxNewMail + kMaxCounts> keys_{};  // oldest first
    std::size_t size_ = 0;
};

}  // namespace postbell::store
