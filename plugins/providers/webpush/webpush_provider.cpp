// SPDX-License-Identifier: Apache-2.0
// Web Push (RFC 8030) and UnifiedPush as a provider plugin: the device names the push server.
#include "encryption.h"
#include "message.h"
#include "postbell/kit/json_text.hpp"
#include "postbell/provider.hpp"
#include "response_classifier.h"
#include "subscription.h"
#include "vapid_key.h"
#include "vapid_tokens.h"

namespace postbell::webpush {
namespace {

/// A VAPID key in use.
class WebPushCredential final : public Credential {
  public:
    explicit WebPushCredential(const CredentialFile& file) : tokens_(open(file)) {}

    /// VAPID's token names the origin, so that each request brings its own.
    void authorize(std::int64_t, Authorization&) override {}

    void request(const Push& push, std::int64_t now_ms, HttpRequest& out) override {
        const Subscription subscription = readSubscription(push.token());
        const std::string payload = payloadOf(push);
        out.origin = subscription.endpoint.origin;
        out.path = subscription.endpoint.path;
        out.body = encrypt(payload, paddedSize(payload.size()), subscription, Fresh::make());

        topic_ = topicOf(push);
        ttl_.clear();
        kit::appendNumber(ttlSeconds(push, now_ms), ttl_);
        out.headers.push_back({"content-type", "application/octet-stream"});
        out.headers.push_back({"content-encoding", "aes128gcm"});
        out.headers.push_back({"ttl", ttl_, POSTBELL_HEADER_VARIES});
        out.headers.push_back({"urgency", urgencyOf(push)});
        out.headers.push_back({"topic", topic_, POSTBELL_HEADER_VARIES});
        out.headers.push_back(
            {"authorization", tokens_.headerFor(out.origin, now_ms), POSTBELL_HEADER_SECRET});
    }

    void outcome(const Push& push, const Response& response, std::int64_t now_ms,
                 Outcome& out) override {
        if (refusesVapid(response.status()))
            tokens_.forget(readSubscription(push.token()).endpoint.origin);
        out = classifier_.classify(response, now_ms);
    }

  private:
    static VapidTokens open(const CredentialFile& file) {
        VapidKey read = readVapidKey(file.content());
        if (!read.problem.empty()) throw InvalidInput(read.problem);
        const std::string_view subject = file.setting("subject");
        const std::string problem = checkSubject(subject);
        if (!problem.empty()) throw InvalidInput(problem);
        return {std::move(read.key), std::move(read.public_key), std::string(subject)};
    }

    VapidTokens tokens_;
    ResponseClassifier classifier_;
    std::string topic_, ttl_;  // of the last request
};

/// Immutable, and so thread-safe.
class WebPushProvider : public Provider {
  public:
    explicit WebPushProvider(Host) {}

    const std::vector<std::string>& origins() const override { return none_; }
    TokenCheck checkToken(std::string_view token) const override {
        const Subscription subscription = readSubscription(token);
        TokenCheck found;
        found.normal = subscription.text();
        found.origin = subscription.endpoint.origin;
        found.expires_ms = subscription.expires_ms;
        return found;
    }
    CredentialReport inspect(const CredentialFile& file, std::int64_t) const override {
        return inspectCredential(file);
    }
    std::unique_ptr<Credential> open(const CredentialFile& file) const override {
        return std::make_unique<WebPushCredential>(file);
    }

  private:
    const std::vector<std::string> none_;
};

/// allowed_origins is the host's, and all that there is to configure.
constexpr char kConfigSchema[] =
    R"({"type": "object", "additionalProperties": false, "properties": {}})";

}  // namespace
}  // namespace postbell::webpush

POSTBELL_PROVIDER(postbell::webpush::WebPushProvider,
                  postbell::About{"dev.postbell.webpush", "Web Push and UnifiedPush", "Postbell",
                                  POSTBELL_WEBPUSH_VERSION, "Apache-2.0", "",
                                  postbell::webpush::kConfigSchema,
                                  POSTBELL_DEVICES_NAME_ORIGIN | POSTBELL_EXPENSIVE_ENCODER,
                                  "webpush", 0, postbell::webpush::kCredentialSchema});
