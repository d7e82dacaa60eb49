// A provider: a push network that takes JSON at /send/TOKEN with a key.
#include <postbell/kit/json_text.hpp>
#include <postbell/kit/retry_after.hpp>
#include <postbell/kit/text.hpp>
#include <postbell/provider.hpp>

namespace {

using namespace postbell;

constexpr const char* kOrigin = "https://push.example.com";
constexpr std::size_t kTokenLength = 16;

class ExampleCredential final : public Credential {
  public:
    ExampleCredential(std::string origin, const CredentialFile& file)
        : origin_(std::move(origin)),
          key_(kit::trim(file.content())),
          sender_(file.setting("sender")) {}

    void authorize(std::int64_t, Authorization& out) override {
        out.name = "authorization";
        out.value = "key " + key_;
    }
    void request(const Push& push, std::int64_t, HttpRequest& out) override {
        out.origin = origin_;
        out.path.append("/send/").append(push.token());
        out.headers.push_back({"content-type", "application/json"});
        out.headers.push_back({"x-sender", sender_});
        out.body = "{\"registration\":";
        kit::appendText(push.registration(), out.body);
        if (push.badge() >= 0) {  // unknown is not 0
            out.body += ",\"badge\":";
            kit::appendNumber(push.badge(), out.body);
        }
        out.body += '}';
    }
    void outcome(const Push&, const Response& response, std::int64_t now_ms,
                 Outcome& out) override {
        out.retry_after_ms = kit::retryAfterMs(response.header("retry-after"), now_ms);
        if (response.status() == 200) out.result = OutcomeResult::Delivered;
        if (response.status() == 404) out.result = OutcomeResult::TokenDead;
        if (response.status() == 401) out.result = OutcomeResult::Credential;
    }  // else what Outcome begins with: Retry

  private:
    const std::string origin_, key_, sender_;
};

class ExamplePush final : public Provider {
  public:
    /// `endpoint`: another server in place of the network's, for tests.
    explicit ExamplePush(Host host)
        : origins_{std::string(host.config("endpoint").value_or(kOrigin))} {}

    const std::vector<std::string>& origins() const override { return origins_; }
    TokenCheck checkToken(std::string_view token) const override {
        TokenCheck found;
        if (token.size() == kTokenLength &&
            token.find_first_not_of("0123456789abcdef") == token.npos)
            found.normal = token;
        else
            found.problem = "a device token has 16 digits from 0 to 9 and a to f";
        return found;
    }
    CredentialReport inspect(const CredentialFile& file, std::int64_t) const override {
        CredentialReport report;
        report.kind = "example-key";
        report.subject = file.setting("sender");
        if (file.content().empty()) report.problem = "The file is empty.";
        return report;
    }
    std::unique_ptr<Credential> open(const CredentialFile& file) const override {
        return std::make_unique<ExampleCredential>(origins_.front(), file);
    }

  private:
    const std::vector<std::string> origins_;
};

constexpr const char* kConfigSchema = R"({"type": "object", "additionalProperties": false,
    "properties": {"endpoint": {"type": "string", "description": "https://host:port, for tests"}}})";
constexpr const char* kCredentialSchema = R"({"type": "object", "additionalProperties": false,
    "required": ["sender"],
    "properties": {"sender": {"type": "string", "minLength": 1, "description": "the sender's id"}},
    "file": {"required": true, "description": "the key, as text"}})";

}  // namespace

POSTBELL_PROVIDER(ExamplePush, postbell::About{"com.example.push", "Example push", "Example Ltd",
                                               "1.0", "Apache-2.0", "https://example.com",
                                               kConfigSchema, 0, "example", 0, kCredentialSchema});
