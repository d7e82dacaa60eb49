// SPDX-License-Identifier: Apache-2.0
// A database engine in memory, for the rules and the committer.
#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/store_error.h"
#include "store/write_session.h"

namespace postbell::store {

/// The rows that events change, as values that a transaction can be undone to.
struct FakeRows final : PendingRows {
    struct Tables {
        std::map<Id, Id> device_of;  ///< of registrations
        std::map<Id, StoredPending> pending;
        std::map<Id, TokenState> tokens;
        std::map<Id, std::int32_t> last_counts;
        std::map<Id, Seen> seen;
        std::map<Id, std::string> notes;
    };
    Tables tables;
    std::set<Id> refused;  ///< registrations whose rows cannot be read

    std::int64_t newestGeneration() override {
        std::int64_t newest = 0;
        for (const auto& [id, stored] : tables.pending)
            newest = std::max(newest, stored.row.generation);
        return newest;
    }
    StoredPending find(Id registration) override {
        if (refused.contains(registration)) throw StoreError("a damaged page");
        if (tables.pending.contains(registration)) return tables.pending[registration];
        StoredPending none;
        none.row.registration = registration;
        return none;
    }
    std::optional<Pending> findWithDevice(Id registration) override {
        if (!tables.pending.contains(registration)) return std::nullopt;
        return Pending{find(registration).row, {}, tables.device_of[registration], 0, {}};
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
    std::optional<Id> deviceOf(Id registration) override {
        const auto found = tables.device_of.find(registration);
        if (found == tables.device_of.end()) return std::nullopt;
        return found->second;
    }
    TokenState tokenOf(Id device) override { return tables.tokens[device]; }
    void putToken(Id device, const TokenState& token) override { tables.tokens[device] = token; }
    void setLastCount(Id registration, std::int32_t count) override {
        tables.last_counts[registration] = count;
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

class FakeSession final : public WriteSession {
  public:
    FakeRows rows;
    std::vector<Changed> commits;
    std::atomic<bool> full{false};  ///< no transaction can be committed
    bool ends_with_error = false;   ///< an error in a member ends the whole transaction
    std::uint64_t data_version = 7;

    std::uint64_t dataVersion() const override { return data_version; }
    void begin() override { before_ = rows.tables; }
    void commit(Changed changed) override {
        if (full) throw DatabaseTrouble("the disk is full");
        commits.push_back(changed);
        before_.reset();
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
    PendingRows& pending() override { return rows; }
    void write(const SubscriptionChange& change) override { changes.push_back(change); }
    void write(const MailboxChange& change) override { mailbox_changes.push_back(change); }
    void writeNote(Id registration, const std::string& note) override {
        rows.tables.notes[registration] = note;
    }
    std::optional<Seen> findSeen(Id registration) override {
        if (!rows.deviceOf(registration)) return std::nullopt;
        return rows.tables.seen[registration];
    }
    void putSeen(Id registration, const Seen& seen) override {
        rows.tables.seen[registration] = seen;
    }
    void tidy() override {}

    std::vector<SubscriptionChange> changes;
    std::vector<MailboxChange> mailbox_changes;

  private:
    std::optional<FakeRows::Tables> before_;
    FakeRows::Tables before_member_;
};

inline StagedEvent eventOf(Id registration, StagedEvent::Kind kind, std::int32_t count,
                           std::string dedup = {}) {
    StagedEvent event;
    event.registration = registration;
    event.kind = kind;
    event.count = count;
    event.received = util::fromMs(5000);
    event.dedup = std::move(dedup);
    return event;
}

}  // namespace postbell::store
