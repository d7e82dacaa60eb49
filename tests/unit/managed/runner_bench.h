// SPDX-License-Identifier: Apache-2.0
// Tasks of a backend whose every answer is the test's, on a loop of their own.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "managed/task_runner.h"
#include "store/mailboxes.h"
#include "support/fake_managed.h"

namespace postbell::testing {

struct RunnerBench : FakeManaged {
    RunnerBench() {
        loop.runAndWait([this] {
            runner.emplace(*plugin, http, loop, bench.log,
                           [this](managed::TaskKind kind, managed::TaskResult::Kind result) {
                               observed.emplace_back(kind, result);
                           });
        });
    }
    ~RunnerBench() {
        http.stop();
        loop.runAndWait([this] { runner.reset(); });
    }

    /// Every step of every task ends so. The script is changed on the loop, where a task of
    /// before may still be reading it.
    void answers(postbell_step answer) {
        loop.runAndWait([this, answer] {
            script.step = [this, answer](const postbell_response*, postbell_step& out) {
                ++steps;
                const auto size = out.size;
                out = answer;
                out.size = size;
                return POSTBELL_OK;
            };
        });
    }
    /// All that is ready on the loop has run.
    void settle() {
        for (int i = 0; i < 4; ++i) loop.runAndWait([] {});
    }

    int steps = 0;
    std::vector<std::pair<managed::TaskKind, managed::TaskResult::Kind>> observed;
    managed::HttpClient http{managed::HttpSettings()};
    engine::Loop loop{bench.clock};
    std::optional<managed::TaskRunner> runner;
};

inline postbell_step stepOf(std::uint32_t result, std::string_view problem = {}) {
    postbell_step step{};
    step.result = result;
    step.unread = -1;
    step.problem = text(problem);
    return step;
}

/// Mailboxes in memory; a save replaces the row, and `fails` makes every call throw.
class FakeMailboxes final : public store::Mailboxes {
  public:
    std::map<store::Id, store::ManagedMailbox> rows;
    std::vector<std::string> callbacks;  ///< hashes that were set
    int saved_notifying = 0;
    bool fails = false;

    std::vector<store::ManagedMailbox> dueMailboxes(std::string_view, util::WallTime now,
                                                    std::size_t limit) override {
        check();
        std::vector<store::ManagedMailbox> due;
        for (const auto& [id, row] : rows)
            if (row.due_at <= now) due.push_back(row);
        std::ranges::stable_sort(due, {}, &store::ManagedMailbox::due_at);
        due.resize(std::min(due.size(), limit));
        return due;
    }
    std::optional<store::ManagedMailbox> findMailbox(store::Id id) override {
        check();
        const auto found = rows.find(id);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    void wakeMisdatedMailboxes(std::string_view, util::WallTime now) override {
        check();
        for (auto& [id, row] : rows)
            if (store::waitsTooLong(row, now)) row.due_at = now;
    }
    bool setMailboxCallback(store::Id id, std::string_view callback, std::string_view) override {
        check();
        callbacks.emplace_back(callback);
        return rows.count(id) != 0;
    }
    void saveMailbox(const store::ManagedMailbox& mailbox) override {
        check();
        rows[mailbox.id] = mailbox;
    }
    void saveNotifyingMailbox(const store::ManagedMailbox& mailbox, util::WallTime) override {
        saveMailbox(mailbox);
        ++saved_notifying;
    }
    void failDueMailboxes(std::string_view, std::string_view problem, util::WallTime now) override {
        check();
        for (auto& [id, row] : rows) {
            if (row.due_at > now || util::isSet(row.failed_at)) continue;
            row.failed_at = now;
            row.problem = problem;
        }
    }
    void clearDueFailures(std::string_view, util::WallTime now) override {
        check();
        for (auto& [id, row] : rows) {
            if (row.due_at > now || row.attempts > 0 || row.refused) continue;
            row.failed_at = {};
            row.problem.clear();
        }
    }
    void removeMailbox(store::Id id) override {
        check();
        rows.erase(id);
    }
    std::vector<store::MailboxTotals> countMailboxes() override { return {}; }
    void abandonMailboxes(const std::string&, const std::string&, util::WallTime) override {}

  private:
    void check() const {
        if (fails) throw store::StoreError("the disk is full");
    }
};

/// Of one live registration, due now, without a subscription.
inline store::ManagedMailbox unsubscribed(store::Id id) {
    store::ManagedMailbox row;
    row.id = id;
    row.instance = "mail";
    row.mailbox = "anna" + std::to_string(id);
    row.registrations = row.live = 1;
    return row;
}

}  // namespace postbell::testing
