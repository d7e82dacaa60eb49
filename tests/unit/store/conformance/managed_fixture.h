// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "support/store_fixture.h"

namespace postbell::store {

/// A store with mailboxes of the instance "office365".
struct ManagedFixture : StoreFixture {
    Registration managed(const std::string& token, const std::string& mailbox,
                         const std::string& account = "anna") {
        NewRegistration r = incoming(token, account);
        r.managed_instance = "office365";
        r.mailbox = mailbox;
        return store()
            .registrations()
            .findRegistration(store().registrations().registerDevice(r).id)
            .value();
    }
    ManagedMailbox mailboxOf(const Registration& r) {
        return store()
            .mailboxes()
            .findMailbox(store().registrations().findRegistration(r.id)->mailbox_state.id)
            .value();
    }
    std::size_t due(std::int64_t now_ms = 1) {
        return store().mailboxes().dueMailboxes("office365", util::fromMs(now_ms), 10).size();
    }
    void subscribe(ManagedMailbox m, const std::string& id) {
        store().mailboxes().saveNotifyingMailbox(subscribed(std::move(m), id), util::fromMs(10));
    }
    void renew(ManagedMailbox m, const std::string& id) {
        store().mailboxes().saveMailbox(subscribed(std::move(m), id));
    }

  private:
    static ManagedMailbox subscribed(ManagedMailbox m, const std::string& id) {
        m.subscription = id;
        m.expires_at = util::fromMs(100'000);
        m.renew_at = m.due_at = util::fromMs(50'000);
        return m;
    }
};

}  // namespace postbell::store
