// SPDX-License-Identifier: Apache-2.0
// The C++17 face of managed subscriptions: a Backend whose managed() gives a Managed offers the
// extension POSTBELL_EXTENSION_MANAGED.
#pragma once
#include <memory>

#include "postbell/provider.hpp"

namespace postbell {

enum class TaskKind : std::uint32_t {
    Claim = POSTBELL_TASK_CLAIM,
    Subscribe = POSTBELL_TASK_SUBSCRIBE,
    Renew = POSTBELL_TASK_RENEW,
    Reauthorize = POSTBELL_TASK_REAUTHORIZE,
    Unsubscribe = POSTBELL_TASK_UNSUBSCRIBE,
    Count = POSTBELL_TASK_COUNT,
    Refresh = POSTBELL_TASK_REFRESH,
    Check = POSTBELL_TASK_CHECK,
    Confirm = POSTBELL_TASK_CONFIRM,
};

/// See postbell_task. A value of its own: a Work may keep it.
struct Task {
    TaskKind kind = TaskKind::Check;
    std::string grant;
    std::string mailbox;
    std::string subscription;
    std::string callback_url;
    std::string proof;
    std::string note;
};

enum class StepResult : std::uint32_t {
    Send = POSTBELL_STEP_SEND,
    Done = POSTBELL_STEP_DONE,
    Retry = POSTBELL_STEP_RETRY,
    Gone = POSTBELL_STEP_GONE,
    Refused = POSTBELL_STEP_REFUSED,
    Reauthorize = POSTBELL_STEP_REAUTHORIZE,
};
enum class StepScope : std::uint32_t {
    Mailbox = POSTBELL_STEP_OF_MAILBOX,
    Instance = POSTBELL_STEP_OF_INSTANCE,
};

/// See postbell_step. Header texts of `request` must be literals, live in the Work, or point into
/// its scratch.
struct Step {
    StepResult result = StepResult::Retry;
    StepScope scope = StepScope::Mailbox;
    bool authorize = false;
    HttpRequest request;
    std::int64_t retry_after_ms = 0;
    std::int64_t expires_ms = 0;
    std::string mailbox;
    std::string subscription;
    std::int32_t unread = -1;
    std::string problem;

    /// The request to fill and send, with the host's authorization.
    HttpRequest& send(bool with_authorization = true) {
        result = StepResult::Send;
        authorize = with_authorization;
        return request;
    }
    void done() { result = StepResult::Done; }
    void refuse(std::string why) {
        result = StepResult::Refused;
        problem = std::move(why);
    }
};

/// One task on its way. Its calls never overlap.
class Work {
  public:
    virtual ~Work() = default;
    /// `response`: null the first time, then the answer to the request of the last step.
    virtual void step(const Response* response, std::int64_t now_ms, Step& out) = 0;
};

namespace detail {
template <class T>
struct ManagedGlue;
}  // namespace detail

/// The base of a vendor's managed subscriptions, beside the Backend. Its calls never overlap,
/// but Backend::handle() may run at the same time.
class Managed {
  public:
    Managed() = default;
    virtual ~Managed() = default;
    Managed(const Managed&) = delete;
    Managed& operator=(const Managed&) = delete;

    /// The same list for as long as the instance lives.
    virtual const std::vector<std::string>& origins() const = 0;
    virtual void authorize(std::int64_t now_ms, Authorization& out) = 0;
    virtual void authorized(const Response&, std::int64_t now_ms, Authorization& out) = 0;
    virtual std::unique_ptr<Work> open(Task task) = 0;

  private:
    template <class T>
    friend struct detail::ManagedGlue;
    // The texts of the last call's result, which the contract borrows.
    std::vector<postbell_str> origin_views_;
    detail::OpenCredential storage_;
};

namespace detail {

/// A task on its way, and the storage of its last step's texts.
struct OpenWork {
    std::unique_ptr<Work> work;             ///< null: open() threw, and the first step says so
    postbell_status failure = POSTBELL_OK;  ///< of open()
    std::string problem;                    ///< of an exception
    Step step;
    std::vector<postbell_header> headers;
    postbell_http_request request{};

    void sayWhy(std::string_view why) noexcept {
        try {
            problem = why;
        } catch (const std::bad_alloc&) {  // told without its reason
        }
    }
};

/// `T`: the Backend.
template <class T>
struct ManagedGlue {
    static Managed& at(void* self) noexcept { return *static_cast<T*>(self)->managed(); }
    static OpenWork& workAt(void* task) noexcept { return *static_cast<OpenWork*>(task); }

    static const postbell_str* origins(void* self, std::size_t* count) noexcept {
        Managed& managed = at(self);
        *count = 0;
        const bool told = guard([&] {
                              managed.origin_views_.clear();
                              for (const std::string& origin : managed.origins())
                                  managed.origin_views_.push_back(str(origin));
                          }) == POSTBELL_OK;
        if (told) *count = managed.origin_views_.size();
        return managed.origin_views_.data();
    }
    static postbell_status authorize(void* self, std::int64_t now_ms,
                                     postbell_authorization* out) noexcept {
        Managed& managed = at(self);
        return authorization(managed.storage_, out,
                             [&](Authorization& answer) { managed.authorize(now_ms, answer); });
    }
    static postbell_status authorized(void* self, const postbell_response* response,
                                      std::int64_t now_ms, postbell_authorization* out) noexcept {
        Managed& managed = at(self);
        return authorization(managed.storage_, out, [&](Authorization& answer) {
            managed.authorized(Response(*response), now_ms, answer);
        });
    }
    static postbell_status open(void* self, const postbell_task* raw, void** task) noexcept {
        return guard([&] {
            auto opened = std::make_unique<OpenWork>();
            opened->failure = guard(
                [&] {
                    opened->work = at(self).open(
                        Task{static_cast<TaskKind>(raw->kind), std::string(view(raw->grant)),
                             std::string(view(raw->mailbox)), std::string(view(raw->subscription)),
                             std::string(view(raw->callback_url)), std::string(view(raw->proof)),
                             std::string(view(raw->note))});
                },
                [&](std::string_view why) noexcept { opened->sayWhy(why); });
            if (!opened->work && opened->failure == POSTBELL_OK)
                throw InvalidInput("this task is not known");
            *task = opened.release();
        });
    }
    static postbell_status step(void*, void* task, const postbell_response* response,
                                std::int64_t now_ms, postbell_step* out) noexcept {
        OpenWork& open = workAt(task);
        const auto say = [&](std::string_view why) noexcept {
            open.sayWhy(why);
            POSTBELL_SET(out, problem, optionalStr(open.problem));
        };
        if (!open.work) return unopened(open, out);
        return guard(
            [&] {
                open.step = {};
                if (response != nullptr) {
                    const Response answer(*response);
                    open.work->step(&answer, now_ms, open.step);
                } else {
                    open.work->step(nullptr, now_ms, open.step);
                }
                const Step& from = open.step;
                POSTBELL_SET(out, result, static_cast<std::uint32_t>(from.result));
                POSTBELL_SET(out, scope, static_cast<std::uint32_t>(from.scope));
                POSTBELL_SET(out, authorize, from.authorize ? 1 : 0);
                if (from.result == StepResult::Send)
                    POSTBELL_SET(out, request, exposed(from.request, open.headers, open.request));
                POSTBELL_SET(out, retry_after_ms, from.retry_after_ms);
                POSTBELL_SET(out, expires_ms, from.expires_ms);
                POSTBELL_SET(out, mailbox, optionalStr(from.mailbox));
                POSTBELL_SET(out, subscription, optionalStr(from.subscription));
                POSTBELL_SET(out, unread, from.unread);
                POSTBELL_SET(out, problem, optionalStr(from.problem));
            },
            say);
    }
    /// The only step of a task whose open() threw: InvalidInput refuses it, anything else has it
    /// tried again.
    static postbell_status unopened(const OpenWork& open, postbell_step* out) noexcept {
        POSTBELL_SET(out, problem, optionalStr(open.problem));
        if (open.failure != POSTBELL_EINVAL) return open.failure;
        POSTBELL_SET(out, result, static_cast<std::uint32_t>(POSTBELL_STEP_REFUSED));
        return POSTBELL_OK;
    }
    static void close(void*, void* task) noexcept { delete static_cast<OpenWork*>(task); }

    static constexpr postbell_managed_v0 table{
        sizeof(postbell_managed_v0), origins, authorize, authorized, open, step, close};
};

}  // namespace detail
}  // namespace postbell
