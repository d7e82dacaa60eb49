// SPDX-License-Identifier: Apache-2.0
#include "admin/operations.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "admin/arguments.h"
#include "admin/failure.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;

/// Real time, which clients poll by, whatever the speed of the gateway's clock.
constexpr std::chrono::minutes kResultKept{10};
constexpr std::size_t kMaxResults = 256;
constexpr std::size_t kIdBytes = 12;

}  // namespace

/// How an operation ended.
struct Ending {
    Json result;
    int status = 500;     ///< 200: `result` is set; else that of the Problem
    std::string problem;  ///< a sentence, if the operation failed
    util::RealTime at;
};

namespace {

/// In a catch block.
Ending endingOfFailure(const std::string& call, log::Log& log) {
    Ending ending;
    std::string reason;
    try {
        const Problem problem = asProblem();
        ending.status = problem.status();
        ending.problem = problem.what();
        return ending;
    } catch (...) {
        reason = util::exceptionText();
    }
    log.error("a call made the gateway fail: please report this",
              {{"call", call}, {"reason", reason}});
    ending.problem = "the gateway failed at it, and its log says why: please report this";
    return ending;
}

}  // namespace

struct Operations::Record {
    Record(std::string call_, util::WallTime started_, std::stop_token stop)
        : call(std::move(call_)), started(started_), operation(std::move(stop)) {}

    const std::string call;
    const util::WallTime started;
    Operation operation;
    std::thread thread;
    std::optional<Ending> ending;

    Json describe(const std::string& id) const {
        const Operation::Progress progress = operation.progress();
        Json described = {{"operation", id},
                          {"call", call},
                          {"started_at", web::timeOrNull(started)},
                          {"state", "running"},
                          {"done", progress.done},
                          {"total", progress.total > 0 ? Json(progress.total) : Json()}};
        if (!ending) return described;
        described["state"] = ending->status == 200 ? "done" : "failed";
        described["status"] = ending->status;
        described["problem"] = web::textOrNull(ending->problem);
        described["result"] = ending->result;
        return described;
    }
};

Operations::Operations(const util::Clock& clock, log::Log& log) : clock_(clock), log_(log) {}

Operations::~Operations() {
    requestStop();
    awaitEnd();
}

void Operations::addTo(CommandTable& table) {
    table["operation/list"] = {[this](const Json&) { return list(); }, Effect::Reads, {}};
    table["operation/show"] = {
        [this](const Json& a) { return show(a); }, Effect::Reads, {"operation"}};
}

Json Operations::begin(const std::string& call, Work work) {
    const std::string id = util::hexEncode(util::randomBytes(kIdBytes));
    const std::lock_guard lock(records_mutex_);
    requireRoom();
    Record& record =
        *records_.emplace(id, std::make_unique<Record>(call, clock_.wall(), stop_.get_token()))
             .first->second;
    try {
        record.thread = util::startThread(
            "operation", [this, &record, work = std::move(work)] { run(record, work); });
    } catch (const std::exception& e) {
        records_.erase(id);
        throw Problem(503, std::string("the call cannot be begun: ") + e.what());
    }
    return record.describe(id);
}

void Operations::requireRoom() {
    if (stop_.stop_requested()) throw Problem(503, "the gateway is stopping");
    forgetOld();
    const auto running = std::count_if(records_.begin(), records_.end(), [](const auto& entry) {
        return !entry.second->ending.has_value();
    });
    if (static_cast<std::size_t>(running) >= kMaxRunning)
        throw Problem(503, std::to_string(running) +
                               " calls that take long are running: try again when one has ended "
                               "(`postbell operation list`)");
}

void Operations::run(Record& record, const Work& work) noexcept {
    Ending ending;
    try {
        ending.result = work(record.operation);
        ending.status = 200;
    } catch (...) {
        util::succeeds([&] { ending = endingOfFailure(record.call, log_); });  // else no memory
    }
    ending.at = util::realNow();
    const std::lock_guard lock(records_mutex_);
    record.ending = std::move(ending);
    ended_.notify_all();
}

/// Threads that have ended are joined on the way.
void Operations::forgetOld() {
    std::vector<std::pair<util::RealTime, std::string>> ended;
    for (const auto& [id, record] : records_) {
        if (!record->ending) continue;
        if (record->thread.joinable()) record->thread.join();
        ended.emplace_back(record->ending->at, id);
    }
    std::sort(ended.begin(), ended.end());
    std::size_t left = ended.size();
    for (const auto& [at, id] : ended)
        if (left > kMaxResults || at < util::realNow() - kResultKept) {
            records_.erase(id);
            --left;
        }
}

Json Operations::show(const Json& arguments) {
    const std::string id = text(arguments, "operation");
    const std::lock_guard lock(records_mutex_);
    forgetOld();
    const auto found = records_.find(id);
    if (found == records_.end())
        throw Problem(404, "there is no operation \"" + id +
                               "\": a result is kept for ten minutes, and while the gateway runs");
    return found->second->describe(id);
}

Json Operations::list() {
    const std::lock_guard lock(records_mutex_);
    forgetOld();
    std::vector<const Records::value_type*> sorted;
    for (const auto& entry : records_) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->second->started > b->second->started; });
    Json operations = Json::array();
    for (const auto* entry : sorted) {
        operations.push_back(entry->second->describe(entry->first));
        operations.back().erase("result");
    }
    return {{"operations", operations}};
}

void Operations::requestStop() {
    const std::lock_guard lock(records_mutex_);
    stop_.request_stop();
}

void Operations::awaitEnd() {
    std::unique_lock lock(records_mutex_);
    ended_.wait(lock, [this] {
        return std::all_of(records_.begin(), records_.end(),
                           [](const auto& entry) { return entry.second->ending.has_value(); });
    });
    for (const auto& [id, record] : records_)
        if (record->thread.joinable()) record->thread.join();
}

}  // namespace postbell::admin
