// SPDX-License-Identifier: Apache-2.0
// Firebase Cloud Messaging's HTTP v1 API as a provider plugin.
#include "access_token.h"
#include "inspection.h"
#include "message.h"
#include "postbell/kit/apple_push.hpp"
#include "postbell/provider.hpp"
#include "registration_token.h"
#include "response_classifier.h"
#include "settings.h"

namespace postbell::fcm {
namespace {

/// A service account in use.
class FcmCredential final : public Credential {
  public:
    FcmCredential(const Settings& settings, const CredentialFile& file)
        : origin_(settings.origin), opened_(open(settings, file)) {
        path_ = "/v1/projects/" + opened_.account.project_id + "/messages:send";
    }

    void authorize(std::int64_t now_ms, Authorization& out) override {
        out.exchange = tokenRequest(opened_.account, opened_.token_endpoint, now_ms);
    }
    void authorized(const Response& answer, std::int64_t now_ms, Authorization& out) override {
        readTokenAnswer(answer, now_ms, out);
    }

    void request(const Push& push, std::int64_t now_ms, HttpRequest& out) override {
        out.origin = origin_;
        out.path = path_;
        out.headers.push_back({"content-type", "application/json"});
        // Google's own clients ask so for errors with their details.
        out.headers.push_back({"x-goog-api-format-version", "2"});
        appendMessage(push, now_ms, out.body);
    }

    void outcome(const Push&, const Response& response, std::int64_t now_ms,
                 Outcome& out) override {
        out = classifier_.classify(response, now_ms);
    }

  private:
    static OpenedAccount open(const Settings& settings, const CredentialFile& file) {
        OpenedAccount opened = openAccount(file.content(), settings);
        if (!opened.account.problem.empty()) throw InvalidInput(opened.account.problem);
        return opened;
    }

    const std::string origin_;
    const OpenedAccount opened_;
    std::string path_;
    ResponseClassifier classifier_;
};

/// Immutable, and so thread-safe.
class FcmProvider : public Provider {
  public:
    explicit FcmProvider(Host host)
        : settings_(readSettings(host)), origins_(settings_.origins()) {}

    const std::vector<std::string>& origins() const override { return origins_; }
    TokenCheck checkToken(std::string_view token) const override {
        TokenCheck found;
        if (!checkRegistrationToken(token, found.normal, found.problem)) found.normal.clear();
        return found;
    }
    CredentialReport inspect(const CredentialFile& file, std::int64_t) const override {
        return inspectCredential(file, settings_);
    }
    std::unique_ptr<Credential> open(const CredentialFile& file) const override {
        return std::make_unique<FcmCredential>(settings_, file);
    }

  private:
    const Settings settings_;
    const std::vector<std::string> origins_;
};

}  // namespace
}  // namespace postbell::fcm

POSTBELL_PROVIDER(postbell::fcm::FcmProvider,
                  postbell::About{"dev.postbell.fcm", "Firebase Cloud Messaging", "Postbell",
                                  POSTBELL_FCM_VERSION, "Apache-2.0", "",
                                  postbell::fcm::kConfigSchema, 0, postbell::fcm::kPlatforms, 0,
                                  postbell::fcm::kCredentialSchema,
                                  postbell::kit::kAppleAppSchema});
