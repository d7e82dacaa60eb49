// SPDX-License-Identifier: Apache-2.0
// The tasks of mailboxes in memory, with a backend whose every answer is the test's.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "managed/mailbox_tasks.h"
#include "plugin/text.h"
#include "runner_bench.h"

namespace postbell::testing {

struct MailboxTasksBench : RunnerBench {
    MailboxTasksBench() {
        loop.runAndWait([this] {
            tasks.emplace("mail", "https://here/mail/", *runner, hold, store, bench.clock,
                          bench.log, [this](store::Id mailbox) { gone.push_back(mailbox); });
        });
        script.open = [this](const postbell_task& task) {
            opened.push_back(task.kind);
            callback_url = plugin::view(task.callback_url);
            return POSTBELL_OK;
        };
    }
    ~MailboxTasksBench() {
        http.stop();
        loop.runAndWait([this] {
            runner.reset();
            tasks.reset();
        });
    }
    void look() {
        loop.runAndWait([this] { tasks->look(); });
        settle();
    }
    bool held() {
        bool is_held = false;
        loop.runAndWait([&] { is_held = hold.held(); });
        return is_held;
    }
    const store::ManagedMailbox& row() { return store.rows.at(1); }
    util::WallTime now() const { return bench.clock.wall(); }

    FakeMailboxes store;
    std::vector<std::uint32_t> opened;
    std::vector<store::Id> gone;
    std::string callback_url;
    managed::InstanceHold hold{"mail", "tasks", bench.clock, bench.log};
    std::optional<managed::MailboxTasks> tasks;
};

/// Of a task that subscribed, or renewed, for an hour.
inline postbell_step subscribed(const MailboxTasksBench& bench) {
    postbell_step step = stepOf(POSTBELL_STEP_DONE);
    step.subscription = text("id");
    step.expires_ms = util::toMs(bench.now() + std::chrono::hours(1));
    return step;
}

}  // namespace postbell::testing
