// SPDX-License-Identifier: Apache-2.0
#include "managed/open_task.h"

#include <optional>

#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::managed {

OpenTask::OpenTask(const plugin::BackendPlugin& plugin, const Task& task)
    : plugin_(plugin), table_(*plugin.managed()) {
    const postbell_task out = rawTask(task);
    const plugin::InPlugin blame = plugin_.calling("open");
    if (table_.open(plugin_.self(), &out, &opened_) < 0) opened_ = nullptr;
}

OpenTask::~OpenTask() {
    if (opened_ == nullptr) return;
    const plugin::InPlugin blame = plugin_.calling("close");
    table_.close(plugin_.self(), opened_);
}

TaskStep OpenTask::step(const HttpAnswer* answer, util::WallTime now) {
    TaskStep none;
    if (opened_ == nullptr) {
        none.result = defect("backend " + plugin_.instance() + " does not know the task");
        return none;
    }
    postbell_step out{};
    out.size = sizeof out;
    out.unread = -1;
    std::optional<plugin::RawResponse> response;
    if (answer != nullptr) response = rawResponse(*answer);
    const plugin::InPlugin blame = plugin_.calling("step");
    const postbell_status status = table_.step(
        plugin_.self(), opened_, response ? &response->get() : nullptr, util::toMs(now), &out);
    if (status >= 0) return checked(out);
    plugin_.complain("step", "step() failed with " + plugin::statusName(status));
    none.result.problem = "backend " + plugin_.instance() + " failed";
    return none;
}

TaskStep OpenTask::checked(const postbell_step& out) const {
    const std::string wrong = breach(out);
    if (wrong.empty()) return stepOf(out);
    plugin_.complain("step", wrong);
    TaskStep step;
    step.result = defect("backend " + plugin_.instance() + ": " + wrong);
    return step;
}

std::string OpenTask::breach(const postbell_step& out) const {
    if (std::string wrong = stepBreach(out); !wrong.empty()) return wrong;
    if (out.result != POSTBELL_STEP_SEND || plugin_.allows(plugin::view(out.request->origin)))
        return {};
    return "it wants to send to " + util::printable(plugin::view(out.request->origin), 128) +
           ", which is neither its own nor in allowed_origins";
}

}  // namespace postbell::managed
