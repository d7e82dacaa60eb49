// SPDX-License-Identifier: Apache-2.0
#include "store/desk/unopened.h"

#include <utility>
#include <vector>

#include "store/desk/database.h"

namespace postbell::store {

namespace {

class Search {
  public:
    Search(Database& database, const Progress& progress)
        : database_(database),
          progress_(progress),
          total_(database.read([](const Tables& tables) { return tables.sealed().countRows(); })) {}

    void note(const char* place, Id row) {
        ++found_.count;
        if (found_.named.size() < Unopened::kMaxNamed) found_.named.push_back({place, row});
    }
    /// `list`: a function of SealedReads; `look` is called with each of its rows.
    template <class Seals, class Look>
    void each(std::vector<Seals> (SealedReads::*list)(Id, std::size_t) const, const Look& look) {
        std::vector<Seals> rows;
        for (Id after = 0;; after = rows.back().id) {
            rows = database_.read(Reads::AllButPending, [&](const Tables& tables) {
                return (tables.sealed().*list)(after, kRowsAtOnce);
            });
            for (const Seals& row : rows) look(row);
            done_ += rows.size();
            if (progress_) progress_(done_, total_);
            if (rows.size() < kRowsAtOnce) break;
        }
    }
    void look(const char* place, const SealedRow& row, std::string_view value) {
        if (value.empty()) return;
        ++found_.looked_at;
        if (!database_.opens(place, row, value)) note(place, row.id);
    }
    void lookAtMailboxKey() {
        ++found_.looked_at;
        if (!database_.hasMailboxKey()) note(kMailboxKeyName, 0);
    }
    void lookAtDevice(const DeviceSeals& d) {
        const DeviceIdentity& is = d.identity;
        look(kDeviceTokenPlace,
             deviceRow(d.id, {is.app, is.token_key, is.environment, is.device_key, d.origin}),
             d.token);
    }
    void lookAtMailbox(const MailboxSeals& m) {
        const SealedRow row = mailboxRow(m.id, m.instance, m.key);
        look(kMailboxPlace, row, m.mailbox);
        look(kMailboxSubscriptionPlace, row, m.subscription);
    }
    void lookAtCredential(const CredentialSeals& c) {
        const CredentialSlot& slot = c.slot;
        const SealedRow row =
            credentialRow(c.id, {c.upload, slot.app, slot.provider, slot.production, slot.sandbox});
        look(kCredentialContentPlace, row, c.content);
        look(kCredentialPasswordPlace, row, c.password);
        look(kCredentialSettingsPlace, row, c.settings);
        look(kCredentialAuthorizationPlace, authorizationRow(row, c.authorization_name),
             c.authorization);
    }
    Unopened take() { return std::move(found_); }

  private:
    static constexpr std::size_t kRowsAtOnce = 1'000;

    Database& database_;
    const Progress& progress_;
    const std::size_t total_;
    std::size_t done_ = 0;
    Unopened found_;
};

}  // namespace

Unopened findUnopened(Database& database, const Progress& progress) {
    Search search(database, progress);
    search.lookAtMailboxKey();
    search.each(&SealedReads::tenants, [&](const TenantSeals& t) {
        search.look(kHashKeyPlace, tenantRow(t.id, t.name), t.hash_key);
    });
    search.each(&SealedReads::callbacks, [&](const CallbackSeals& c) {
        search.look(kCallbackSecretPlace, callbackRow(c.id, c.tenant, c.instance, c.token_hash),
                    c.secret);
    });
    search.each(&SealedReads::devices, [&](const DeviceSeals& d) { search.lookAtDevice(d); });
    search.each(&SealedReads::mailboxes, [&](const MailboxSeals& m) { search.lookAtMailbox(m); });
    search.each(&SealedReads::credentials,
                [&](const CredentialSeals& c) { search.lookAtCredential(c); });
    return search.take();
}

}  // namespace postbell::store
