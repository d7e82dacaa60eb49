// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "store/records/basics.h"

namespace postbell::store {

/// Signals of mail servers and registrations to the tasks of a mailbox. To wake a mailbox is to
/// make it due and to raise its wake count.
class MailboxSignalRows {
  public:
    virtual ~MailboxSignalRows() = default;

    virtual void setEnded(Id mailbox, util::WallTime at) = 0;
    virtual void setRenewAsked(Id mailbox, util::WallTime at) = 0;
    virtual void setNote(Id mailbox, std::string_view note) = 0;
    virtual void wake(Id mailbox) = 0;
    /// The mailboxes that serve the registrations.
    virtual void wakeServing(std::span<const Id> registrations) = 0;
    /// The mailboxes that serve registrations of the app.
    virtual void wakeAllOfApp(Id app) = 0;
};

}  // namespace postbell::store
