// SPDX-License-Identifier: Apache-2.0
#include "managed/open_task.h"

#include <optional>

#include "plugin/text.h"
#include "plugin/timed_call.h"
#include "util/printable.h"

namespace postbell::managed {

OpenTask::OpenTask(const plugin::BackendPlugin& plugin, const Task& task)
    : plugin_(plugin), table_(*plugin.managed()), kind_(task.kind) {
    const postbell_task out = rawTask(task);
    const plugin::TimedCall call(plugin_, "open");
    open_status_ = table_.open(plugin_.self(), &out, &opened_);
    if (open_status_ < 0) opened_ = nullptr;
}

OpenTask::~OpenTask() {
    if (opened_ == nullptr) return;
    const plugin::TimedCall call(plugin_, "close");
    table_.close(plugin_.self(), opened_);
}

TaskStep OpenTask::step(const HttpAnswer* answer, util::WallTime now) {
    TaskStep none;
    if (opened_ == nullptr) {
        none.result = unopened();
        return none;
    }
    postbell_step out{};
    out.size = sizeof out;
    out.unread = -1;
    std::optional<plugin::RawResponse> response;
    if (answer != nullptr) response = rawResponse(*answer);
    const plugin::TimedCall call(plugin_, "step");
    const postbell_status status = table_.step(
        plugin_.self(), opened_, response ? &response->get() : nullptr, util::toMs(now), &out);
    if (status >= 0) return checked(out);
    none.result = failed("step", status, plugin::sentence(out.problem));
    return none;
}

TaskResult OpenTask::unopened() const {
    const bool unknown = open_status_ >= 0 || open_status_ == POSTBELL_EINVAL ||
                         open_status_ == POSTBELL_EUNSUPPORTED;
    if (unknown) return defect(kind_, "backend " + plugin_.instance() + " does not know the task");
    return failed("open", open_status_, "");
}

TaskResult OpenTask::failed(const std::string& function, postbell_status status,
                            const std::string& why) const {
    // Named by the task, so that none hides behind another's line.
    plugin_.complain(name(kind_), function + "() of task " + std::string(name(kind_)) +
                                      " failed with " + plugin::statusName(status) +
                                      (why.empty() ? "" : ": " + why));
    TaskResult result;
    result.problem = "backend " + plugin_.instance() + " failed";
    return result;
}

TaskStep OpenTask::checked(const postbell_step& out) const {
    const std::string wrong = breach(out);
    if (wrong.empty()) return stepOf(out);
    plugin_.complain(name(kind_), "step() of task " + std::string(name(kind_)) + ": " + wrong);
    TaskStep step;
    step.result = defect(kind_, "backend " + plugin_.instance() + ": " + wrong);
    return step;
}

std::string OpenTask::breach(const postbell_step& out) const {
    if (std::string wrong = stepBreach(out); !wrong.empty()) return wrong;
    if (kind_ == TaskKind::Claim && out.result == POSTBELL_STEP_GONE)
        return "it ended a claim as that of a subscription which is gone";
    if (kind_ == TaskKind::Claim && out.result == POSTBELL_STEP_DONE &&
        plugin::view(out.mailbox).empty())
        return "it ended a claim without a mailbox";
    if (out.result != POSTBELL_STEP_SEND || plugin_.allows(plugin::view(out.request->origin)))
        return {};
    return "it wants to send to " + util::printable(plugin::view(out.request->origin), 128) +
           ", which is neither its own nor in allowed_origins";
}

}  // namespace postbell::managed
