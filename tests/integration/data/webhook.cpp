// SPDX-License-Identifier: Apache-2.0
// A backend for a mail server that has one webhook for all its mailboxes, out of the SDK alone. A
// message is lines of "subscription ID KIND UNREAD" or "account NAME KIND UNREAD"; the answer has a
// line for each: "taken" or "nobody". Where the callback has a secret, the header x-secret must be
// it. A grant {"account": NAME} proves the mailbox NAME to be its user's.
#include <postbell/backend.hpp>
#include <postbell/kit/constant_time.hpp>

#include <sstream>

namespace {

using namespace postbell;

MailKind kindOf(const std::string& word) {
    if (word == "new") return MailKind::New;
    if (word == "count") return MailKind::Count;
    if (word == "ended") return MailKind::Ended;
    return MailKind::Heard;
}

/// Every task is done at once, since there is no mail server to ask.
class Trusting final : public Work {
  public:
    explicit Trusting(Task task) : task_(std::move(task)) {}
    void step(const Response*, std::int64_t, Step& out) override {
        const std::string begin = R"({"account":")";
        if (task_.kind == TaskKind::Claim)
            out.mailbox = task_.grant.substr(begin.size(), task_.grant.size() - begin.size() - 2);
        if (task_.kind == TaskKind::Subscribe) out.subscription = "one";
        out.done();
    }

  private:
    Task task_;
};

class Mailboxes final : public Managed {
  public:
    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t, Authorization&) override {}
    void authorized(const Response&, std::int64_t, Authorization&) override {}
    std::unique_ptr<Work> open(Task task) override {
        return std::make_unique<Trusting>(std::move(task));
    }

  private:
    std::vector<std::string> origins_{"http://127.0.0.1:1"};
};

class Webhook final : public Backend {
  public:
    explicit Webhook(Host) {}
    const std::vector<postbell_route>& routes() const override { return routes_; }
    Managed* managed() override { return &mailboxes_; }

    void handle(const Request& request, Reply& reply) override {
        if (!request.known()) return reply.respond(404, "text/plain", "unknown");
        if (!kit::equalConstantTime(request.header("x-secret"), request.callbackSecret()))
            return reply.respond(401, "text/plain", "who are you?");
        std::istringstream lines{std::string(request.body())};
        std::string addressing, name, kind, answer;
        int unread = -1;
        while (lines >> addressing >> name >> kind >> unread) {
            MailEvent event;
            event.kind = kindOf(kind);
            (addressing == "account" ? event.account : event.subscription) = name;
            event.unread = unread;
            answer += reply.event(event) == Staged::Accepted ? "taken\n" : "nobody\n";
        }
        if (answer.empty()) throw InvalidInput("there is no event in this message");
        reply.respond(200, "text/plain", answer);
    }

  private:
    Mailboxes mailboxes_;
    std::vector<postbell_route> routes_{tenantRoute("POST")};
};

}  // namespace

POSTBELL_BACKEND(Webhook, postbell::About{"org.postbell.test.webhook", "Webhook", "Postbell", "1",
                                          "Apache-2.0", "", R"({"type": "object"})",
                                          POSTBELL_NEVER_BLOCKS, "", POSTBELL_NEEDS_OUTBOUND});
