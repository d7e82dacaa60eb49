// SPDX-License-Identifier: Apache-2.0
// All of Postbell's SQL is behind this interface, so that another database can take SQLite's place.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "util/distribution.h"

namespace postbell::store {

/// The store could not do it: disk full, locked, read-only, damaged. The message is for the admin.
class StoreError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a group of one request's events is, and what is called when it is durable.
struct Batch {
    std::vector<StagedEvent> events;
    std::vector<SubscriptionChange> changes;
    std::optional<std::string>
        note;  ///< for the app of `registration`; it is told to check its registration
    Id registration = 0;
    std::int64_t received_us = 0;  ///< steady clock, for the latency histogram
    util::Trace trace = 0;         ///< of the notification; 0: the gateway's own doing
    /// Called on the writer's thread when the group was committed (true) or could not be (false).
    /// Must not block.
    std::function<void(bool durable)> done;
};

/// Who sends what is pending. Called on the writer's thread after a commit.
class PendingSink {
  public:
    virtual ~PendingSink() = default;
    /// The merged rows of that commit, in order, and the settlements that it made durable. A row of
    /// the same commit may have been merged before or after a settlement: the generations tell.
    virtual void committed(std::span<const Pending> rows, std::span<const Settlement> settled) = 0;
};

struct StoreStats {
    std::uint64_t commits = 0, failed_commits = 0;
    std::uint64_t operations = 0;  ///< batches, settlements and blocking writes that were committed
    std::uint64_t events_without_effect = 0;  ///< repeated, or the registration was gone
    std::size_t queued = 0;
    /// Of the commits that succeeded: operations, and seconds from its begin to its end.
    util::Distribution<11> sizes{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}};
    util::Distribution<11> seconds{
        {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2}};
};

/// Thread-safe. Reads run on the calling thread; writes are grouped by one writer thread, and one
/// that comes alone does not wait for company. A blocking write returns when it is durable.
/// Everything throws StoreError when the database fails.
class Store {
  public:
    virtual ~Store() = default;

    // --- an event's way
    /// Nothing: the token is unknown or withdrawn.
    virtual std::optional<Callback> findCallback(std::string_view token_hash) = 0;
    /// Queues events and changes to be committed together. Order within a registration is that of
    /// the calls. An event whose dedup is that of the registration's last one changes nothing.
    virtual void stage(Batch batch) = 0;
    /// Queues what outcomes mean. Tried again until it is durable; never reported.
    virtual void settle(std::vector<Settlement> settlements) = 0;
    /// Nothing: the registration is gone.
    virtual std::optional<PushTarget> pushTarget(Id registration) = 0;
    /// All registrations of the device, for the badge.
    virtual std::vector<BadgeShare> badgeShares(Id device) = 0;
    /// Every pending row, oldest first: at start.
    virtual void eachPending(const std::function<void(const Pending&)>& visit) = 0;
    /// From now on (set before the first stage()). Null: none, and on return none is being called.
    virtual void setPendingSink(PendingSink* sink) = 0;

    // --- registrations
    virtual std::optional<App> findAppByEnrolment(std::string_view enrolment_hash) = 0;
    /// Renews if the same account is registered on the same app and device (same token_key, or same
    /// device_key and previous_secret_hash is its secret's): id stays, secret and newest callback
    /// are new; at most two callbacks live, the one of the reported subscription and the newest.
    /// Otherwise a new registration (and device, where the token is new; a dead device's token that
    /// registers again lives again with token_at = now).
    virtual Registered registerDevice(const NewRegistration&) = 0;
    virtual std::optional<Registration> findRegistration(std::string_view public_id) = 0;
    virtual std::optional<Registration> findRegistration(Id id) = 0;
    /// A different id retires the old one and moves to the newest callback (the other callback is
    /// removed); the same id again on the same instance only sets what is told of expires_at,
    /// folder and unread. An expires_at that is there already leaves expires_set_at alone. Clears
    /// ended_at and renew_asked_at. `unread` becomes the last count on shared devices.
    virtual ReportResult report(std::string_view public_id, const Report&) = 0;
    struct TokenChange {
        std::string token, token_key;
        std::int64_t now_ms = 0;
    };
    /// Moves every registration of the same device and device_key to the new token in one commit;
    /// pending rows go with it, and known last counts are staged again. False: no such
    /// registration.
    virtual bool changeToken(std::string_view public_id, const TokenChange&) = 0;
    virtual bool changeVersions(std::string_view public_id, const std::string& os_version,
                                const std::string& app_version) = 0;
    /// Everything about it is erased, the device too if it was its last. False: no such
    /// registration.
    virtual bool removeRegistration(std::string_view public_id) = 0;
    /// Up to `limit` registrations with an id above `after`, in the order of ids; `tenant` 0: of
    /// all.
    virtual std::vector<Registration> listRegistrations(Id after, std::size_t limit, Id tenant = 0,
                                                        Id app = 0) = 0;
    /// Of an account, for the admin.
    virtual std::vector<Registration> findRegistrationsByAccount(Id tenant,
                                                                 std::string_view account_key) = 0;
    /// Queues what may be lost; zero times and empty texts change nothing.
    virtual void writeSeen(std::vector<std::pair<Id, Seen>> seen) = 0;
    /// Called on the writer's thread with the rows of writeSeen() that a commit has made readable.
    /// Null: none, and on return none is being called.
    using SeenSink = std::function<void(std::span<const std::pair<Id, Seen>> rows)>;
    virtual void setSeenSink(SeenSink sink) = 0;
    virtual std::int64_t countRegistrations() = 0;

    // --- mailboxes whose subscription the gateway holds itself
    // ---------------------------------------------------------------------------------------------
    /// Due ones of an instance, longest due first.
    virtual std::vector<ManagedMailbox> managedDue(std::string_view instance, std::int64_t now_ms,
                                                   std::size_t limit) = 0;
    virtual std::optional<ManagedMailbox> findManaged(Id id) = 0;
    /// Before the mail server is told a callback: what it calls from now on, and that no
    /// subscription is known. False: the mailbox is gone.
    virtual bool setManagedCallback(Id id, std::string_view callback_hash,
                                    std::string_view proof_hash) = 0;
    /// What a task came to. Somebody who asked meanwhile (`asked`) makes it due at once. `anew`: of
    /// a new subscription, before which events may have been lost; its registrations' counts go
    /// out again.
    virtual void saveManaged(const ManagedMailbox& mailbox, bool anew, std::int64_t now_ms) = 0;
    /// If no registration is left.
    virtual void removeManaged(Id id) = 0;
    virtual std::vector<ManagedCount> countManaged() = 0;
    /// Nobody keeps the subscriptions of this instance any more. Those of its mailboxes that fail
    /// already stay as they are.
    virtual void abandonManaged(const std::string& instance, const std::string& problem,
                                std::int64_t now_ms) = 0;

    // --- administration
    /// Nothing: the name is taken.
    virtual std::optional<Tenant> addTenant(const std::string& name) = 0;
    virtual std::vector<Tenant> listTenants() = 0;
    virtual std::optional<Tenant> findTenant(std::string_view name) = 0;
    virtual std::optional<Tenant> findTenant(Id id) = 0;
    /// With its apps, credentials, devices and registrations.
    virtual bool removeTenant(std::string_view name) = 0;
    /// Nothing: the tenant has an app of this name.
    virtual std::optional<App> addApp(const App& app, std::string_view enrolment_hash) = 0;
    virtual std::vector<App> listApps(Id tenant = 0) = 0;
    virtual std::optional<App> findApp(Id tenant, std::string_view name) = 0;
    virtual std::optional<App> findApp(Id id) = 0;
    /// Of the app's devices that live.
    virtual std::vector<Environment> deviceEnvironments(Id app) = 0;
    virtual void setAppEnabled(Id app, bool enabled, std::int64_t now_ms) = 0;
    virtual void setEnrolmentHash(Id app, std::string_view enrolment_hash) = 0;
    /// Replaces the app's credential of the same provider that serves the same environments (id
    /// stays, upload goes up, guard's good_at and suspects and the authorization are cleared, a
    /// pause is kept for the probe); otherwise adds one.
    virtual Credential putCredential(const Credential&) = 0;
    virtual std::vector<Credential> listCredentials(Id app = 0) = 0;  ///< without content
    virtual std::optional<Credential> findCredential(Id id) = 0;      ///< with content
    virtual bool removeCredential(Id id) = 0;
    /// Queued, if `upload` is still the credential's.
    virtual void saveGuard(Id credential, std::int64_t upload, Environment, const GuardState&) = 0;
    virtual void saveAuthorization(Id credential, std::int64_t upload,
                                   const StoredAuthorization&) = 0;
    virtual void audit(const std::string& who, const std::string& what, std::int64_t now_ms) = 0;

    /// Writes a whole copy of the database, as of now, to a new file of mode 0600.
    virtual void backup(const std::string& file) = 0;
    /// Commits and closes nothing: tries whether the database can be written now. Empty: yes; else
    /// why not.
    virtual std::string health() = 0;
    virtual StoreStats stats() const = 0;
    /// Waits until what was queued before is committed (or has failed).
    virtual void flush() = 0;
};

}  // namespace postbell::store
