// SPDX-License-Identifier: Apache-2.0
// For tests of plugins that turn tasks into HTTP requests: an answer as the network gives it, and a
// task that is driven step by step.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "postbell/managed.hpp"

namespace postbell::testing {

/// An HTTP answer. Fill the members, then hand raw() over; raw() borrows from this object.
struct FakeAnswer {
    int status = 200;  ///< 0: there was none, and `detail` says why
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string detail;

    postbell_response raw() {
        raw_headers_.clear();
        for (const auto& [name, value] : headers)
            raw_headers_.push_back({str(name), str(value), 0});
        postbell_response raw{};
        raw.size = sizeof raw;
        raw.status = status;
        raw.headers = raw_headers_.data();
        raw.header_count = raw_headers_.size();
        raw.body = bytes(body);
        raw.detail = str(detail);
        return raw;
    }

  private:
    std::vector<postbell_header> raw_headers_;
};

/// A copy of a request.
struct SentRequest {
    std::string method, origin, path, body;
    std::vector<std::pair<std::string, std::string>> headers;

    SentRequest() = default;
    explicit SentRequest(const postbell_http_request& raw)
        : method(view(raw.method)),
          origin(view(raw.origin)),
          path(view(raw.path)),
          body(view(raw.body)) {
        for (std::size_t i = 0; i < raw.header_count; ++i)
            headers.emplace_back(view(raw.headers[i].name), view(raw.headers[i].value));
    }
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (key == name) return value;
        return {};
    }
};

/// A task of a loaded backend's extension. `self` and `table` must outlive it.
class FakeTask {
  public:
    FakeTask(void* self, const postbell_managed_v0& table, const Task& task)
        : self_(self), table_(table) {
        postbell_task raw{};
        raw.size = sizeof raw;
        raw.kind = static_cast<std::uint32_t>(task.kind);
        raw.grant = optionalStr(task.grant);
        raw.mailbox = optionalStr(task.mailbox);
        raw.subscription = optionalStr(task.subscription);
        raw.callback_url = optionalStr(task.callback_url);
        raw.proof = optionalStr(task.proof);
        raw.note = optionalStr(task.note);
        if (table_.open(self_, &raw, &task_) < 0) throw std::runtime_error("open() failed");
    }
    ~FakeTask() { table_.close(self_, task_); }
    FakeTask(const FakeTask&) = delete;
    FakeTask& operator=(const FakeTask&) = delete;

    /// The first step, or the one that follows an answer. True: another request is to be sent.
    bool begin(std::int64_t now_ms) { return step(nullptr, now_ms); }
    bool answer(FakeAnswer answer, std::int64_t now_ms) {
        const postbell_response raw = answer.raw();
        return step(&raw, now_ms);
    }

    SentRequest request;  ///< of the last step, if it was POSTBELL_STEP_SEND
    StepResult result = StepResult::Retry;
    StepScope scope = StepScope::Mailbox;
    bool authorize = false;
    std::int64_t retry_after_ms = 0;
    std::int64_t expires_ms = 0;
    std::string mailbox, subscription, problem;
    std::int32_t unread = -1;

  private:
    bool step(const postbell_response* response, std::int64_t now_ms) {
        postbell_step raw{};
        raw.size = sizeof raw;
        if (table_.step(self_, task_, response, now_ms, &raw) < 0)
            throw std::runtime_error("step() failed");
        result = static_cast<StepResult>(raw.result);
        scope = static_cast<StepScope>(raw.scope);
        authorize = raw.authorize != 0;
        retry_after_ms = raw.retry_after_ms;
        expires_ms = raw.expires_ms;
        mailbox = view(raw.mailbox);
        subscription = view(raw.subscription);
        problem = view(raw.problem);
        unread = raw.unread;
        if (raw.request != nullptr) request = SentRequest(*raw.request);
        return result == StepResult::Send;
    }

    void* self_;
    const postbell_managed_v0& table_;
    void* task_ = nullptr;
};

}  // namespace postbell::testing
