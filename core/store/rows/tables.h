// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/rows/app_rows.h"
#include "store/rows/callback_rows.h"
#include "store/rows/credential_rows.h"
#include "store/rows/device_rows.h"
#include "store/rows/last_count_rows.h"
#include "store/rows/mailbox_rows.h"
#include "store/rows/mailbox_signal_rows.h"
#include "store/rows/meta_rows.h"
#include "store/rows/pending_rows.h"
#include "store/rows/recipient_reads.h"
#include "store/rows/registration_reads.h"
#include "store/rows/registration_rows.h"
#include "store/rows/sealed_reads.h"
#include "store/rows/seen_rows.h"
#include "store/rows/subscription_rows.h"
#include "store/rows/tenant_callback_rows.h"
#include "store/rows/tenant_rows.h"
#include "store/rows/token_rows.h"

namespace postbell::store {

/// The rows of a database as one connection sees them. Reads are const: a connection that only
/// reads gives const tables. Confined to one thread at a time. Everything throws StoreError.
///
/// No rules are behind these interfaces, but for a few that are faster as a statement, each of
/// which names the function whose rule it is: an engine runs statements, and neither opens a sealed
/// value nor knows what a hash or a key is of.
class Tables {
  public:
    /// An engine has them all; a test's fake may have a few.
    struct Rows {
        MetaRows* meta = nullptr;
        TenantRows* tenants = nullptr;
        TenantCallbackRows* tenant_callbacks = nullptr;
        AppRows* apps = nullptr;
        CredentialRows* credentials = nullptr;
        DeviceRows* devices = nullptr;
        TokenRows* tokens = nullptr;
        LastCountRows* last_counts = nullptr;
        RegistrationRows* registrations = nullptr;
        SubscriptionRows* subscriptions = nullptr;
        CallbackRows* callbacks = nullptr;
        MailboxRows* mailboxes = nullptr;
        MailboxSignalRows* mailbox_signals = nullptr;
        PendingRows* pending = nullptr;
        SeenRows* seen = nullptr;
        const RegistrationReads* registration_reads = nullptr;
        const RecipientReads* recipients = nullptr;
        const SealedReads* sealed = nullptr;
    };
    explicit Tables(const Rows& rows) : rows_(rows) {}

    MetaRows& meta() { return *rows_.meta; }
    const MetaRows& meta() const { return *rows_.meta; }
    TenantRows& tenants() { return *rows_.tenants; }
    const TenantRows& tenants() const { return *rows_.tenants; }
    TenantCallbackRows& tenantCallbacks() { return *rows_.tenant_callbacks; }
    const TenantCallbackRows& tenantCallbacks() const { return *rows_.tenant_callbacks; }
    AppRows& apps() { return *rows_.apps; }
    const AppRows& apps() const { return *rows_.apps; }
    CredentialRows& credentials() { return *rows_.credentials; }
    const CredentialRows& credentials() const { return *rows_.credentials; }
    DeviceRows& devices() { return *rows_.devices; }
    const DeviceRows& devices() const { return *rows_.devices; }
    MailboxRows& mailboxes() { return *rows_.mailboxes; }
    const MailboxRows& mailboxes() const { return *rows_.mailboxes; }
    PendingRows& pending() { return *rows_.pending; }
    const PendingRows& pending() const { return *rows_.pending; }
    RegistrationRows& registrations() { return *rows_.registrations; }
    const RegistrationRows& registrations() const { return *rows_.registrations; }
    // For the writer alone.
    TokenRows& tokens() { return *rows_.tokens; }
    LastCountRows& lastCounts() { return *rows_.last_counts; }
    SubscriptionRows& subscriptions() { return *rows_.subscriptions; }
    CallbackRows& callbacks() { return *rows_.callbacks; }
    MailboxSignalRows& mailboxSignals() { return *rows_.mailbox_signals; }
    SeenRows& seen() { return *rows_.seen; }
    // They change nothing.
    const RegistrationReads& registrationReads() const { return *rows_.registration_reads; }
    const RecipientReads& recipients() const { return *rows_.recipients; }
    const SealedReads& sealed() const { return *rows_.sealed; }

  private:
    const Rows rows_;
};

}  // namespace postbell::store
