// SPDX-License-Identifier: Apache-2.0
// Apple Push Notification service as a provider plugin.
#include "credential_file.h"
#include "device_token.h"
#include "inspection.h"
#include "jwt.h"
#include "postbell/kit/apple_push.hpp"
#include "postbell/provider.hpp"
#include "push_request.h"
#include "response_classifier.h"
#include "settings.h"
#include "signing_key.h"

namespace postbell::apns {
namespace {

constexpr std::int64_t kMinute = 60'000;
// Apple, "Establishing a token-based connection to APNs": renew between 20 and 60 minutes.
constexpr std::int64_t kNotRenewedBefore = 20 * kMinute;
constexpr std::int64_t kRenewAfter = 50 * kMinute;
constexpr std::int64_t kUselessAfter = 60 * kMinute;

/// A credential in use: with a signing key it authorizes by token, with a certificate (whose work
/// is done in the TLS handshake, by the host) not at all.
class ApnsCredential final : public Credential {
  public:
    ApnsCredential(Origins origins, const CredentialFile& file)
        : origins_(std::move(origins)),
          key_(openKey(file)),
          key_id_(file.setting("key-id")),
          team_id_(file.setting("team-id")),
          classifier_(key_ != nullptr) {}

    void authorize(std::int64_t now_ms, Authorization& out) override {
        if (!key_) return;
        const std::int64_t issued_at = now_ms / 1000;
        out.name = "authorization";
        out.value = "bearer " + makeProviderToken(*key_, key_id_, team_id_, issued_at);
        out.not_renewed_before_ms = issued_at * 1000 + kNotRenewedBefore;
        out.renew_ms = issued_at * 1000 + kRenewAfter;
        out.expires_ms = issued_at * 1000 + kUselessAfter;
    }

    void request(const Push& push, std::int64_t, HttpRequest& out) override {
        buildRequest(push, origins_, out);
    }

    void outcome(const Push&, const Response& response, std::int64_t now_ms,
                 Outcome& out) override {
        out = classifier_.classify(response, now_ms);
    }

  private:
    /// Null for a certificate: inspect() looked into it, and opening it takes longer than an event
    /// loop can wait.
    static KeyHandle openKey(const CredentialFile& file) {
        const FileKind kind = kindOf(file.content());
        if (kind == FileKind::PemIdentity || kind == FileKind::Pkcs12) return nullptr;
        if (kind != FileKind::SigningKey)
            throw InvalidInput("neither a signing key nor a certificate");
        SigningKeyFile opened = readSigningKey(file.content());
        if (!opened.key) throw InvalidInput(opened.problem);
        const std::string problem =
            checkKeySettings(file.setting("key-id"), file.setting("team-id"));
        if (!problem.empty()) throw InvalidInput(problem);
        return std::move(opened.key);
    }

    const Origins origins_;
    const KeyHandle key_;
    const std::string key_id_;
    const std::string team_id_;
    ResponseClassifier classifier_;
};

/// Immutable, and so thread-safe.
class ApnsProvider : public Provider {
  public:
    explicit ApnsProvider(Host host) : origins_(readOrigins(host)), used_(originsUsed(origins_)) {}

    const std::vector<std::string>& origins() const override { return used_; }
    TokenCheck checkToken(std::string_view token) const override {
        TokenCheck found;
        if (!checkDeviceToken(token, found.normal, found.problem)) found.normal.clear();
        return found;
    }
    CredentialReport inspect(const CredentialFile& file, std::int64_t now_ms) const override {
        return inspectCredential(file, now_ms);
    }
    std::unique_ptr<Credential> open(const CredentialFile& file) const override {
        return std::make_unique<ApnsCredential>(origins_, file);
    }

  private:
    const Origins origins_;
    const std::vector<std::string> used_;
};

}  // namespace
}  // namespace postbell::apns

POSTBELL_PROVIDER(postbell::apns::ApnsProvider,
                  postbell::About{"dev.postbell.apns", "Apple Push Notification service",
                                  "Postbell", POSTBELL_APNS_VERSION, "Apache-2.0", "",
                                  postbell::apns::kConfigSchema, POSTBELL_HAS_ENVIRONMENTS, "ios",
                                  0, postbell::apns::kCredentialSchema,
                                  postbell::kit::kAppleAppSchema});
