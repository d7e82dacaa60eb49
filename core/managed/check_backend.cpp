// SPDX-License-Identifier: Apache-2.0
#include "managed/check_backend.h"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>

#include "managed/task_runner.h"

namespace postbell::managed {
namespace {

constexpr std::chrono::seconds kPatience{45};  // real time

}  // namespace

std::string checkBackend(plugin::BackendPlugin& plugin, const HttpSettings& http,
                         const util::Clock& clock, log::Log& log) {
    HttpClient client(http);
    engine::Loop loop(clock);
    std::unique_ptr<TaskRunner> runner;
    auto promise = std::make_shared<std::promise<TaskResult>>();
    auto future = promise->get_future();
    loop.runAndWait([&] {
        runner = std::make_unique<TaskRunner>(plugin, client, loop, log);
        Task task;
        task.kind = TaskKind::Check;
        runner->run(std::move(task),
                    [promise](TaskResult result) { promise->set_value(std::move(result)); });
    });
    const bool answered = future.wait_for(kPatience) == std::future_status::ready;
    client.stop();
    loop.runAndWait([&] { runner.reset(); });
    if (!answered)
        throw std::runtime_error("no answer within " + std::to_string(kPatience.count()) +
                                 " seconds");
    const TaskResult result = future.get();
    if (result.kind == TaskResult::Kind::Done) return result.problem;
    throw std::runtime_error(result.problem.empty() ? "the mail server says no" : result.problem);
}

}  // namespace postbell::managed
