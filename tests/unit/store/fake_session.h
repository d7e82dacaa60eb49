// SPDX-License-Identifier: Apache-2.0
// A database engine in memory, for the rules and the committer.
#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/records/store_error.h"
#include "store/rows/write_session.h"

namespace postbell::store {

/// The rows that events change, as values that a transaction can be undone to.
struct FakeRows final : PendingRows {
    struct Tables {
        std::map<Id, Id> device_of;  ///< of registrations
        std::map<Id, StoredPending> pending;
        std::map<Id, TokenState> tokens;
        std::map<Id, std::int32_t> last_counts;
        std::map<Id, Seen> seen;
        std::map<Id, SubscriptionRow> subscriptions;
        std::map<Id, std::int64_t> wake_counts;  ///< of mailboxes
        std::map<Id, util::WallTime> ended;      ///< mailboxes' subscriptions
    };
    Tables tables;
    std::set<Id> refused;  ///< registrations whose rows cannot be read

    std::int64_t newestGeneration() const override {
        std::int64_t newest = 0;
        for (const auto& [id, stored] : tables.pending)
            newest = std::max(newest, stored.row.generation);
        return newest;
    }
    StoredPending find(Id registration) const override {
        if (refused.contains(registration)) throw StoreError("a damaged page");
        if (tables.pending.contains(registration)) return tables.pending.at(registration);
        StoredPending none;
        none.row.registration = registration;
        return none;
    }
    std::optional<Pending> findWithDevice(Id registration) const override {
        if (!tables.pending.contains(registration)) return std::nullopt;
        return Pending{find(registration).row, {}, tables.device_of.at(registration), 0, {}, {}};
    }
    void each(const std::function<void(const Pending&)>& visit) const override {
        for (const auto& [id, stored] : tables.pending) visit(*findWithDevice(id));
    }
    void put(const StoredPending& stored) override {
        tables.pending[stored.row.registration] = stored;
    }
    void update(const PendingRow& row) override { tables.pending[row.registration].row = row; }
    void remove(Id registration) override { tables.pending.erase(registration); }
    bool removeEmptiedByMail(Id registration, std::int64_t sent) override {
        return removeIf(registration, [&](const PendingRow& r) { return r.isEmptiedByMail(sent); });
    }
    bool removeEmptiedByCheck(Id registration, std::int64_t sent) override {
        return removeIf(registration,
                        [&](const PendingRow& r) { return r.isEmptiedByCheck(sent); });
    }
    void removeAllOfDevice(Id device) override {
        std::erase_if(tables.pending,
                      [&](const auto& row) { return tables.device_of[row.first] == device; });
    }
    std::optional<Id> deviceOf(Id registration) const override {
        const auto found = tables.device_of.find(registration);
        if (found == tables.device_of.end()) return std::nullopt;
        return found->second;
    }

  private:
    bool removeIf(Id registration, const std::function<bool(const PendingRow&)>& is_emptied) {
        const auto found = tables.pending.find(registration);
        if (refused.contains(registration)) throw StoreError("a damaged page");
        if (found == tables.pending.end() || !is_emptied(found->second.row)) return false;
        tables.pending.erase(found);
        return true;
    }
};

class FakeTokens final : public TokenRows {
  public:
    explicit FakeTokens(FakeRows::Tables& tables) : tables_(tables) {}

    TokenState find(Id device) const override {
        const auto found = tables_.tokens.find(device);
        return found == tables_.tokens.end() ? TokenState() : found->second;
    }
    void put(Id device, const TokenState& token) override { tables_.tokens[device] = token; }
    void prove(const TokenProof& proof) override {
        const auto found = tables_.tokens.find(proof.device);
        if (found != tables_.tokens.end()) found->second.apply(proof);
    }

  private:
    FakeRows::Tables& tables_;
};

class FakeLastCounts final : public LastCountRows {
  public:
    explicit FakeLastCounts(FakeRows::Tables& tables) : tables_(tables) {}

    void set(Id registration, std::int32_t count) override {
        tables_.last_counts[registration] = count;
    }
    void addOf(std::span<const Id> devices) override {
        for (const auto& [registration, device] : tables_.device_of)
            if (std::ranges::count(devices, device) > 0)
                tables_.last_counts.emplace(registration, kUnknownCount);
    }
    void removeOf(std::span<const Id> devices) override {
        std::erase_if(tables_.last_counts, [&](const auto& row) {
            return std::ranges::count(devices, tables_.device_of[row.first]) > 0;
        });
    }

  private:
    FakeRows::Tables& tables_;
};

class FakeSubscriptions final : public SubscriptionRows {
  public:
    explicit FakeSubscriptions(FakeRows::Tables& tables) : tables_(tables) {}

    std::optional<SubscriptionRow> find(std::string_view) const override { return std::nullopt; }
    std::optional<SubscriptionRow> find(Id registration) const override {
        if (!tables_.device_of.contains(registration)) return std::nullopt;
        SubscriptionRow row = tables_.subscriptions[registration];
        row.registration = registration;
        return row;
    }
    void put(const SubscriptionRow& row) override { tables_.subscriptions[row.registration] = row; }

  private:
    FakeRows::Tables& tables_;
};

class FakeMailboxSignals final : public MailboxSignalRows {
  public:
    explicit FakeMailboxSignals(FakeRows::Tables& tables) : tables_(tables) {}

    void setEnded(Id mailbox, util::WallTime at) override { tables_.ended[mailbox] = at; }
    void setRenewAsked(Id, util::WallTime) override {}
    void setNote(Id, std::string_view) override {}
    void wake(Id mailbox) override { ++tables_.wake_counts[mailbox]; }
    void wakeServing(std::span<const Id> registrations) override {
        for (const Id registration : registrations)
            if (const Id mailbox = tables_.subscriptions[registration].mailbox; mailbox != 0)
                wake(mailbox);
    }
    void wakeAllOfApp(Id) override {}

  private:
    FakeRows::Tables& tables_;
};

class FakeSeenRows final : public SeenRows {
  public:
    explicit FakeSeenRows(FakeRows::Tables& tables) : tables_(tables) {}

    std::optional<Seen> find(Id registration) const override {
        if (!tables_.device_of.contains(registration)) return std::nullopt;
        return tables_.seen[registration];
    }
    void put(Id registration, const Seen& seen) override { tables_.seen[registration] = seen; }

  private:
    FakeRows::Tables& tables_;
};

class FakeSession final : public WriteSession {
  public:
    FakeRows rows;
    std::vector<Changed> commits;
    std::atomic<bool> full{false};  ///< no transaction can be committed
    bool ends_with_error = false;   ///< an error in a member ends the whole transaction
    std::uint64_t data_version = 7;
    std::atomic<std::size_t> begun{0};  ///< transactions

    std::uint64_t dataVersion() const override { return data_version; }
    void begin() override {
        ++begun;
        before_ = rows.tables;
    }
    bool commit(Changed changed) override {
        if (full) throw DatabaseTrouble("the disk is full");
        commits.push_back(changed);
        before_.reset();
        return true;
    }
    void rollBack() override {
        if (before_) rows.tables = *std::exchange(before_, std::nullopt);
    }
    void beginMember() override { before_member_ = rows.tables; }
    void endMember() override {}
    bool undoMember() override {
        if (ends_with_error) return false;
        rows.tables = before_member_;
        return true;
    }
    Tables& tables() override { return tables_; }
    void tidy() override {}

  private:
    FakeSubscriptions subscriptions_{rows.tables};
    FakeMailboxSignals mailbox_signals_{rows.tables};
    FakeSeenRows seen_{rows.tables};
    FakeTokens tokens_{rows.tables};
    FakeLastCounts last_counts_{rows.tables};
    Tables tables_{{.tokens = &tokens_,
                    .last_counts = &last_counts_,
                    .subscriptions = &subscriptions_,
                    .mailbox_signals = &mailbox_signals_,
                    .pending = &rows,
                    .seen = &seen_}};
    std::optional<FakeRows::Tables> before_;
    FakeRows::Tables before_member_;
};

inline StagedEvent eventOf(Id registration, StagedEvent::Kind kind, std::int32_t count,
                           std::string_view dedup = {}) {
    StagedEvent event;
    event.registration = registration;
    event.kind = kind;
    event.count = count;
    event.received = util::fromMs(5000);
    event.dedup = dedupKey(dedup, kind == StagedEvent::Kind::NewMail);
    return event;
}

}  // namespace postbell::store
