// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/sqlite_app_rows.h"
#include "sqlite/sqlite_credential_rows.h"
#include "sqlite/sqlite_device_rows.h"
#include "sqlite/sqlite_last_count_rows.h"
#include "sqlite/sqlite_mailbox_rows.h"
#include "sqlite/sqlite_mailbox_signal_rows.h"
#include "sqlite/sqlite_meta_rows.h"
#include "sqlite/sqlite_pending_rows.h"
#include "sqlite/sqlite_recipient_reads.h"
#include "sqlite/sqlite_registration_reads.h"
#include "sqlite/sqlite_registration_rows.h"
#include "sqlite/sqlite_sealed_reads.h"
#include "sqlite/sqlite_seen_rows.h"
#include "sqlite/sqlite_subscription_rows.h"
#include "sqlite/sqlite_tenant_rows.h"
#include "sqlite/sqlite_token_rows.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// The tables that one connection sees. Stays where it is made.
class SqliteTables {
  public:
    explicit SqliteTables(Connection& connection)
        : meta_(connection),
          tenants_(connection),
          tenant_callbacks_(connection),
          apps_(connection),
          credentials_(connection),
          devices_(connection),
          tokens_(connection),
          last_counts_(connection),
          registrations_(connection),
          subscriptions_(connection),
          callbacks_(connection),
          mailboxes_(connection),
          mailbox_signals_(connection),
          pending_(connection),
          seen_(connection),
          registration_reads_(connection),
          recipients_(connection),
          sealed_(connection) {}
    SqliteTables(const SqliteTables&) = delete;
    SqliteTables& operator=(const SqliteTables&) = delete;

    Tables& all() { return all_; }
    const Tables& all() const { return all_; }

  private:
    SqliteMetaRows meta_;
    SqliteTenantRows tenants_;
    SqliteTenantCallbackRows tenant_callbacks_;
    SqliteAppRows apps_;
    SqliteCredentialRows credentials_;
    SqliteDeviceRows devices_;
    SqliteTokenRows tokens_;
    SqliteLastCountRows last_counts_;
    SqliteRegistrationRows registrations_;
    SqliteSubscriptionRows subscriptions_;
    SqliteCallbackRows callbacks_;
    SqliteMailboxRows mailboxes_;
    SqliteMailboxSignalRows mailbox_signals_;
    SqlitePendingRows pending_;
    SqliteSeenRows seen_;
    SqliteRegistrationReads registration_reads_;
    SqliteRecipientReads recipients_;
    SqliteSealedReads sealed_;
    Tables all_{{&meta_, &tenants_, &tenant_callbacks_, &apps_, &credentials_, &devices_, &tokens_,
                 &last_counts_, &registrations_, &subscriptions_, &callbacks_, &mailboxes_,
                 &mailbox_signals_, &pending_, &seen_, &registration_reads_, &recipients_,
                 &sealed_}};
};

}  // namespace postbell::sqlite
