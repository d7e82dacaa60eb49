// SPDX-License-Identifier: Apache-2.0
// A store of the program's database engine in a folder of its own, with a tenant and an app.
#pragma once
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/records/records.h"
#include "store/store.h"
#include "store/writer/seen_ledger.h"
#include "support/fake_clock.h"
#include "support/store_place.h"
#include "support/temporary_folder.h"
#include "util/crypto.h"

namespace postbell::store {

using TemporaryDirectory = testing::TemporaryFolder;

inline MasterKey testKey() {
    return MasterKey::parse("3TPgUaKeIwxrgi0+M+ql3tMaxZAUfs7jSPcZpucTuPs=", "TEST_KEY");
}

/// Keeps each commit's rows.
class RecordingSink final : public PendingSink {
  public:
    void committed(std::span<const Pending> rows, std::span<const Settlement> settled) override {
        const std::lock_guard lock(mutex_);
        rows_.insert(rows_.end(), rows.begin(), rows.end());
        settled_.insert(settled_.end(), settled.begin(), settled.end());
    }
    std::vector<Pending> takeRows() {
        const std::lock_guard lock(mutex_);
        return std::exchange(rows_, {});
    }
    std::vector<Settlement> takeSettled() {
        const std::lock_guard lock(mutex_);
        return std::exchange(settled_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<Pending> rows_;
    std::vector<Settlement> settled_;
};

class StoreFixture {
  public:
    StoreFixture()
        : log_({log::Level::Error, log::Format::Text, (directory_.path() / "log").string()}) {
        open();
    }

    const Place& place() const { return *place_; }
    void open() {
        store_ = place_->tryTake()->open({Sealer(testKey()), clock_, log_});
        store_->events().setPendingSink(&sink_);
    }
    void close() { store_.reset(); }

    Id app() {
        if (app_ == 0) {
            App app;
            app.tenant = store_->directory().addTenant("acme").value().id;
            app.name = "com.example.mail";
            app.platform = "ios";
            app_ = store_->directory().addApp(app, util::sha256("enrolment")).value().id;
        }
        return app_;
    }
    NewRegistration incoming(const std::string& token, const std::string& account,
                             std::int64_t now_ms = 1000) {
        NewRegistration r;
        r.app = app();
        r.token = "token " + token;
        r.token_key = util::sha256("token key " + token);
        r.environment = Environment::Production;
        r.account_key = util::sha256("account " + account);
        r.device_key = util::sha256("phone");
        r.os_version = "17.1";
        r.app_version = "2.0";
        r.public_id = util::randomId();
        last_secret_ = util::randomToken();
        r.secret_hash = util::sha256(last_secret_);
        last_callback_ = util::sha256(util::randomToken());
        r.callback_hash = last_callback_;
        r.proof_hash = util::sha256("proof");
        r.now = util::fromMs(now_ms);
        return r;
    }
    Registration registered(const std::string& token, const std::string& account) {
        const Registered r = store_->registrations().registerDevice(incoming(token, account));
        return store_->registrations().findRegistration(r.id).value();
    }
    /// Runs `work` while the writer waits between two commits: the writes that `work` queues make
    /// up one group.
    template <class Work>
    void together(const Work& work) {
        std::promise<void> held, released;
        Batch batch;
        batch.done = [&](CommitEnd) {
            held.set_value();
            released.get_future().wait();
        };
        store_->events().stage(std::move(batch));
        held.get_future().wait();
        work();
        released.set_value();
        store_->flush();
    }
    /// False: it was refused.
    bool changeToken(std::string_view public_id, const Registrations::TokenChange& change) {
        return store_->registrations().changeToken(public_id, change) == TokenChanged::Done;
    }
    StagedEvent event(const Recipient& r, StagedEvent::Kind kind, std::int32_t count,
                      std::int64_t occurred = 0, std::int64_t received = 5000) {
        StagedEvent e;
        e.registration = r.id;
        e.device = r.device;
        e.app = r.app->id;
        e.environment = r.environment;
        e.kind = kind;
        e.count = count;
        e.occurred = util::fromMs(occurred);
        e.received = util::fromMs(received);
        return e;
    }
    /// Whether it became durable.
    bool stage(std::vector<StagedEvent> events, std::vector<SubscriptionChange> changes = {},
               std::vector<MailboxChange> mailbox_changes = {}) {
        // Shared: the writer may still be inside set_value() when get() returns.
        const auto durable = std::make_shared<std::promise<bool>>();
        Batch batch;
        batch.events = std::move(events);
        batch.changes = std::move(changes);
        batch.mailbox_changes = std::move(mailbox_changes);
        batch.done = [durable](CommitEnd end) { durable->set_value(end == CommitEnd::Durable); };
        std::future<bool> answer = durable->get_future();
        store_->events().stage(std::move(batch));
        return answer.get();
    }
    /// The sink's rows since the last time, the commit of the last staged batch included.
    std::vector<Pending> takeRows() {
        store_->flush();
        return sink_.takeRows();
    }
    std::vector<Settlement> takeSettled() {
        store_->flush();
        return sink_.takeSettled();
    }
    /// Of a push to the registration's device.
    template <class Outcome>
    static Settlement settlementOf(const Recipient& r, Outcome outcome) {
        return {r.id, r.device, r.app->id, r.environment, outcome};
    }
    template <class Outcome>
    void settle(const Recipient& r, Outcome outcome) {
        store_->events().settle({settlementOf(r, outcome)});
        store_->flush();
    }
    std::optional<Pending> pending(Id registration) {
        std::optional<Pending> found;
        store_->events().eachPending([&](const Pending& row) {
            if (row.registration == registration) found = row;
        });
        return found;
    }
    Store& store() { return *store_; }
    RecordingSink& sink() { return sink_; }
    log::Log& log() { return log_; }
    testing::FakeClock& clock() { return clock_; }
    const TemporaryDirectory& directory() const { return directory_; }
    const std::string& lastCallback() const { return last_callback_; }

  private:
    TemporaryDirectory directory_;
    const std::shared_ptr<const Place> place_ = testing::storePlaceIn(directory_.path());
    testing::FakeClock clock_{1'000'000};
    log::Log log_;
    RecordingSink sink_;
    Id app_ = 0;
    std::string last_callback_, last_secret_;
    std::unique_ptr<Store> store_;
};

}  // namespace postbell::store
