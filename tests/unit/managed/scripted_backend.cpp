// SPDX-License-Identifier: Apache-2.0
// A managed backend whose mail server is the test: every task asks it what to do, in words.
#include "postbell/backend.hpp"

namespace {

using namespace postbell;

class Scripted final : public Work {
  public:
    Scripted(std::string endpoint, Task task)
        : endpoint_(std::move(endpoint)), task_(std::move(task)) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        if (response == nullptr || task_.mailbox == "endless") return ask(out);
        const std::string_view words = response->body();
        if (response->status() == 0) {
            out.scope = StepScope::Instance;
            out.problem = response->detail();
        } else if (response->status() == 401) {
            out.result = StepResult::Reauthorize;
        } else if (words == "gone") {
            out.result = StepResult::Gone;
        } else if (words == "refused") {
            out.refuse("the script says no");
        } else if (words == "retry") {
            out.result = StepResult::Retry;
        } else if (words == "busy") {
            out.scope = StepScope::Instance;
            out.problem = "the server is busy";
        } else {
            out.subscription = out.mailbox = words;
            out.unread = task_.kind == TaskKind::Count ? std::stoi(std::string(words)) : -1;
            out.expires_ms = now_ms + 3'600'000;
            out.done();
        }
    }

  private:
    void ask(Step& out) {
        static constexpr const char* kNames[] = {
            "",      "claim",   "subscribe", "renew",  "reauthorize", "unsubscribe",
            "count", "refresh", "check",     "confirm"};
        HttpRequest& request = out.send(task_.kind != TaskKind::Refresh);
        request.origin = task_.mailbox == "elsewhere" ? "http://127.0.0.1:1" : endpoint_;
        request.path =
            std::string("/") + kNames[static_cast<unsigned>(task_.kind)] + "/" + task_.mailbox;
        request.body = task_.grant + task_.callback_url + " " + task_.proof + task_.subscription;
        if (!task_.note.empty()) request.body += " " + task_.note;
    }

    std::string endpoint_;
    Task task_;
};

class Mailboxes final : public Managed {
  public:
    explicit Mailboxes(std::string endpoint) : origins_{std::move(endpoint)} {}
    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t, Authorization& out) override {
        out.exchange = std::make_unique<HttpRequest>();
        out.exchange->origin = origins_.front();
        out.exchange->path = "/token";
    }
    void authorized(const Response& response, std::int64_t now_ms, Authorization& out) override {
        if (response.status() == 403) {
            out.problem = "the secret is wrong";
            return;
        }
        if (response.status() != 200) throw std::runtime_error("not now");
        out.name = "authorization";
        out.value = response.body();
        out.expires_ms = now_ms + 3'600'000;
    }
    std::unique_ptr<Work> open(Task task) override {
        return std::make_unique<Scripted>(origins_.front(), std::move(task));
    }

  private:
    std::vector<std::string> origins_;
};

class ScriptedBackend final : public Backend {
  public:
    explicit ScriptedBackend(Host host)
        : mailboxes_(std::string(host.config("endpoint").value_or(""))) {}
    const std::vector<postbell_route>& routes() const override { return routes_; }
    void handle(const Request&, Reply&) override {}
    Managed* managed() override { return &mailboxes_; }

  private:
    Mailboxes mailboxes_;
    std::vector<postbell_route> routes_{registrationRoute("POST")};
};

constexpr const char* kSchema =
    R"({"type": "object", "properties": {"endpoint": {"type": "string"}}})";

}  // namespace

POSTBELL_BACKEND(ScriptedBackend,
                 postbell::About{"org.postbell.test.scripted", "Scripted", "Postbell", "1",
                                 "Apache-2.0", "", kSchema, POSTBELL_NEVER_BLOCKS, "",
                                 POSTBELL_NEEDS_OUTBOUND});
