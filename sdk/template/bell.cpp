// A backend: a mail server that posts "SUBSCRIPTION UNREAD" as plain text when mail arrived.
#include <postbell/backend.hpp>

#include <charconv>

namespace {

using namespace postbell;

/// The event of a post. Throws InvalidInput, which is answered 400; the sentence goes to the log.
MailEvent eventOf(std::string_view body) {
    const std::size_t blank = body.find(' ');
    if (blank == body.npos) throw InvalidInput("\"SUBSCRIPTION UNREAD\" is expected");
    const std::string_view unread = body.substr(blank + 1);
    MailEvent event;
    event.kind = MailKind::New;
    event.subscription = body.substr(0, blank);
    const auto [end, error] =
        std::from_chars(unread.data(), unread.data() + unread.size(), event.unread);
    if (error != std::errc() || end != unread.data() + unread.size() || event.unread < 0)
        throw InvalidInput("the number of unread mails is expected behind the subscription");
    return event;
}

/// handle() is called by several threads at once: immutable but for the counter, which is the
/// host's.
class ExampleBell final : public Backend {
  public:
    explicit ExampleBell(Host host)
        : host_(host), posts_(host.counter("example_bell_posts", "Posts understood")) {}

    const std::vector<postbell_route>& routes() const override { return routes_; }

    void handle(const Request& request, Reply& reply) override {
        const bool nobody = reply.event(eventOf(request.body())) == Staged::NobodySubscribed;
        host_.add(posts_);
        reply.respond(nobody ? 410 : 200);  // 410: how this protocol ends a subscription
    }

  private:
    const Host host_;
    const postbell_counter posts_;
    const std::vector<postbell_route> routes_{registrationRoute("POST", 4096)};
};

constexpr const char* kConfigSchema = R"({"type": "object", "additionalProperties": false})";

}  // namespace

POSTBELL_BACKEND(ExampleBell, postbell::About{"com.example.bell", "Example bell", "Example Ltd",
                                              "1.0", "Apache-2.0", "https://example.com",
                                              kConfigSchema, POSTBELL_NEVER_BLOCKS});
