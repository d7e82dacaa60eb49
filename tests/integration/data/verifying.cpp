// SPDX-License-Identifier: Apache-2.0
// A backend for a mail server that notifies only once it got back a code that it had posted to the
// callback, as JMAP's PushVerification does. Every task is a POST to `endpoint`:
//   /subscribe  the callback's URL    answered with the subscription's id
//   /confirm    the code              in the order in which the server posted them
// A message to the callback is "confirm CODE". A grant {"account": NAME} proves the mailbox NAME.
#include <postbell/backend.hpp>

namespace {

using namespace postbell;

class Asking final : public Work {
  public:
    Asking(std::string endpoint, Task task)
        : endpoint_(std::move(endpoint)), task_(std::move(task)) {}

    void step(const Response* response, std::int64_t now_ms, Step& out) override {
        const bool asks = task_.kind == TaskKind::Subscribe || task_.kind == TaskKind::Confirm;
        if (asks && response == nullptr) return ask(out);
        if (asks && response->status() != 200) return;  // later
        if (task_.kind == TaskKind::Claim) {
            const std::string begin = R"({"account":")";
            out.mailbox = task_.grant.substr(begin.size(), task_.grant.size() - begin.size() - 2);
        }
        if (task_.kind == TaskKind::Subscribe) {
            out.subscription = response->body();
            out.expires_ms = now_ms + 86'400'000;
        }
        out.done();
    }

  private:
    void ask(Step& out) {
        const bool subscribes = task_.kind == TaskKind::Subscribe;
        HttpRequest& request = out.send(false);
        request.origin = endpoint_;
        request.path = subscribes ? "/subscribe" : "/confirm";
        request.body = subscribes ? task_.callback_url : task_.note;
    }

    const std::string endpoint_;
    const Task task_;
};

class Mailboxes final : public Managed {
  public:
    explicit Mailboxes(std::string endpoint) : origins_{std::move(endpoint)} {}
    const std::vector<std::string>& origins() const override { return origins_; }
    void authorize(std::int64_t, Authorization&) override {}
    void authorized(const Response&, std::int64_t, Authorization&) override {}
    std::unique_ptr<Work> open(Task task) override {
        return std::make_unique<Asking>(origins_.front(), std::move(task));
    }

  private:
    const std::vector<std::string> origins_;
};

class Verifying final : public Backend {
  public:
    explicit Verifying(Host host) : mailboxes_(std::string(host.config("endpoint").value_or(""))) {}
    const std::vector<postbell_route>& routes() const override { return routes_; }
    Managed* managed() override { return &mailboxes_; }

    void handle(const Request& request, Reply& reply) override {
        constexpr std::string_view kConfirm = "confirm ";
        if (request.body().substr(0, kConfirm.size()) != kConfirm)
            throw InvalidInput("this is no message of the server");
        const Noted noted = reply.note(request.body().substr(kConfirm.size()));
        reply.respond(noted == Noted::Accepted ? 204 : 404);
    }

  private:
    Mailboxes mailboxes_;
    const std::vector<postbell_route> routes_{registrationRoute("POST")};
};

constexpr const char* kSchema =
    R"({"type": "object", "properties": {"endpoint": {"type": "string"}}})";

}  // namespace

POSTBELL_BACKEND(Verifying, postbell::About{"org.postbell.test.verifying", "Verifying", "Postbell",
                                            "1", "Apache-2.0", "", kSchema, POSTBELL_NEVER_BLOCKS,
                                            "", POSTBELL_NEEDS_OUTBOUND});
