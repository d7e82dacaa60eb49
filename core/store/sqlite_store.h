// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "log/log.h"
#include "store/app_cache.h"
#include "store/group_writer.h"
#include "store/reader_pool.h"
#include "store/recent_targets.h"
#include "store/sealer.h"
#include "store/sqlite_errors.h"
#include "store/store.h"
#include "store/store_lock.h"
#include "util/clock.h"

namespace postbell::store {

/// The store on one SQLite file. What is said of Store holds; blocking writes must not be called on
/// the writer's thread, that is from `Batch::done` or the sink.
class SqliteStore final : public Store {
  public:
    /// Opens the lock's database, creates it with mode 0600 if it is not there, and brings its
    /// schema up to date. Throws StoreError with a sentence: it cannot be opened, it is not
    /// Postbell's, it is a newer Postbell's, or it was sealed with another master key. `clock` and
    /// `log` must outlive the store.
    SqliteStore(StoreLock lock, Sealer sealer, const util::Clock& clock, log::Log& log);

    std::optional<Callback> findCallback(std::string_view token_hash) override;
    std::vector<Recipient> reportedBy(Id tenant, std::string_view instance,
                                      std::string_view id_hash) override;
    std::vector<Recipient> provenFor(Id tenant, std::string_view account_key) override;
    void stage(Batch batch) override;
    void settle(std::vector<Settlement> settlements) override;
    std::optional<PushTarget> pushTarget(Id registration) override;
    std::vector<BadgeShare> badgeShares(Id device) override;
    void eachPending(const std::function<void(const Pending&)>& visit) override;
    void setPendingSink(PendingSink* sink) override;

    std::optional<App> findAppByEnrolment(std::string_view enrolment_hash) override;
    Registered registerDevice(const NewRegistration& incoming) override;
    std::optional<Registration> findRegistration(std::string_view public_id) override;
    std::optional<Registration> findRegistration(Id id) override;
    ReportResult report(std::string_view public_id, const Report& report) override;
    bool changeToken(std::string_view public_id, const TokenChange& change) override;
    /// An empty version leaves the known one.
    bool changeVersions(std::string_view public_id, const std::string& os_version,
                        const std::string& app_version) override;
    bool approveAccount(std::string_view public_id) override;
    bool removeRegistration(std::string_view public_id) override;
    std::vector<Registration> listRegistrations(Id after, std::size_t limit, Id tenant,
                                                Id app) override;
    std::vector<Registration> findRegistrationsByAccount(Id tenant,
                                                         std::string_view account_key) override;
    void writeSeen(std::vector<std::pair<Id, Seen>> seen) override;
    void setSeenSink(SeenSink sink) override;
    std::int64_t countRegistrations() override;

    std::vector<ManagedMailbox> managedDue(std::string_view instance, std::int64_t now_ms,
                                           std::size_t limit) override;
    std::optional<ManagedMailbox> findManaged(Id id) override;
    bool setManagedCallback(Id id, std::string_view callback_hash,
                            std::string_view proof_hash) override;
    void saveManaged(const ManagedMailbox& mailbox, bool anew, std::int64_t now_ms) override;
    void removeManaged(Id id) override;
    std::vector<ManagedCount> countManaged() override;
    void abandonManaged(const std::string& instance, const std::string& problem,
                        std::int64_t now_ms) override;

    std::optional<Tenant> addTenant(const std::string& name) override;
    std::vector<Tenant> listTenants() override;
    std::optional<Tenant> findTenant(std::string_view name) override;
    std::optional<Tenant> findTenant(Id id) override;
    /// Closes the tenant's apps at once, then removes registrations a few hundred to a commit, so
    /// that other tenants' events do not wait; if the process ends half-way, calling it again
    /// finishes the work.
    bool removeTenant(std::string_view name) override;
    std::optional<App> addApp(const App& app, std::string_view enrolment_hash) override;
    std::vector<App> listApps(Id tenant) override;
    std::optional<App> findApp(Id tenant, std::string_view name) override;
    std::optional<App> findApp(Id id) override;
    std::vector<Environment> deviceEnvironments(Id app) override;
    void setAppEnabled(Id app, bool enabled, std::int64_t now_ms) override;
    void setEnrolmentHash(Id app, std::string_view enrolment_hash) override;
    TenantCallback addTenantCallback(const NewTenantCallback& callback) override;
    std::vector<TenantCallback> listTenantCallbacks(Id tenant) override;
    bool removeTenantCallback(Id id) override;
    Credential putCredential(const Credential& credential) override;
    std::vector<Credential> listCredentials(Id app) override;
    std::optional<Credential> findCredential(Id id) override;
    bool removeCredential(Id id) override;
    void saveGuard(Id credential, std::int64_t upload, Environment environment,
                   const GuardState& guard) override;
    void saveAuthorization(Id credential, std::int64_t upload,
                           const StoredAuthorization& authorization) override;
    void audit(const std::string& who, const std::string& what, std::int64_t now_ms) override;

    void backup(const std::string& file) override;
    std::string health() override;
    StoreStats stats() const override;
    void flush() override;

  private:
    /// Runs `visit` on a read connection, with SQLite's errors as StoreErrors.
    template <class Visit>
    auto read(Reads reads, const Visit& visit) {
        try {
            const ReaderPool::Loan loan(readers_, reads);
            return visit(*loan);
        } catch (const SQLite::Exception& error) {
            throw storeError(file_, error);
        } catch (const SealError& error) {
            throw StoreError("the database " + file_.string() + ": " + error.what());
        }
    }
    template <class Visit>
    auto read(const Visit& visit) {
        return read(Reads::AllTables, visit);
    }
    Connection openWriter();
    void checkMasterKey(Connection& connection) const;
    /// The key of the gateway under which mailboxes are looked up, made at the first start.
    std::string readMailboxKey(Connection& connection) const;
    ManagedMailbox readManaged(const Query& query) const;
    std::optional<Callback> findRegistrationCallback(std::string_view token_hash);
    std::optional<Callback> findMailboxCallback(std::string_view token_hash);
    std::optional<Callback> findServerCallback(std::string_view token_hash);
    std::optional<SealedTarget> readTarget(Id registration, ManagedState& managed);
    /// Null: the app is gone.
    std::shared_ptr<const App> appOf(Id app);
    /// Leaves out those whose app is gone.
    std::vector<Recipient> withApps(std::vector<RecipientRow> rows);
    std::vector<Registration> withApps(std::vector<RegistrationRow> rows);
    std::optional<Registration> first(std::vector<RegistrationRow> rows);
    Tenant readTenant(const Query& query) const;
    Credential readCredential(const Query& query, bool with_content) const;

    const StoreLock lock_;
    const std::filesystem::path file_;
    const Sealer sealer_;
    log::Log& log_;
    AppCache apps_;
    RecentTargets recent_;
    std::string mailbox_key_;  // set by openWriter()
    ReaderPool readers_;       // opens nothing before it is asked for
    GroupWriter writer_;       // opens and migrates
};

}  // namespace postbell::store
