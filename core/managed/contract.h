// SPDX-License-Identifier: Apache-2.0
// The waist of the contract: its structs on one side, values on the other.
#pragma once
#include <string>

#include "managed/http_client.h"
#include "managed/task.h"
#include "plugin/raw_response.h"

namespace postbell::managed {

/// The next step of a task.
struct TaskStep {
    enum class Kind {
        Send,         ///< `call`, whose answer goes into the next step
        End,          ///< with `result`
        Reauthorize,  ///< the authorization was refused, `problem` may say why
    };
    Kind kind = Kind::End;
    HttpCall call;
    bool authorize = false;  ///< Send: with the instance's authorization
    TaskResult result;
    std::string problem;
};

/// Borrows from the task.
postbell_task rawTask(const Task& task);

/// Borrows from the answer.
plugin::RawResponse rawResponse(const HttpAnswer& answer);

/// Why the step breaks the contract, as a sentence; empty: it does not.
std::string stepBreach(const postbell_step& step);

/// Precondition: stepBreach() found no breach.
TaskStep stepOf(const postbell_step& step);

}  // namespace postbell::managed
