// SPDX-License-Identifier: Apache-2.0
// Apple Push Notification service as a provider plugin.
#include "credential_file.h"
#include "device_token.h"
#include "inspection.h"
#include "postbell/kit/apple_push.hpp"
#include "postbell/provider.hpp"
#include "provider_token.h"
#include "push_request.h"
#include "response_classifier.h"
#include "settings.h"
#include "signing_key.h"

namespace postbell::apns {
namespace {

/// A signing key and the token that all its credentials present; null for a certificate.
struct Signer {
    KeyHandle key;
    std::shared_ptr<ProviderToken> token;
};

/// A credential in use: with a signing key it authorizes by token, with a certificate (whose work
/// is done in the TLS handshake, by the host) not at all.
class ApnsCredential final : public Credential {
  public:
    ApnsCredential(Origins origins, Signer signer)
        : origins_(std::move(origins)),
          signer_(std::move(signer)),
          classifier_(signer_.token != nullptr) {}

    void authorize(std::int64_t now_ms, Authorization& out) override {
        if (!signer_.token) return;
        const IssuedToken token = signer_.token->next(*signer_.key, presented_ms_, now_ms);
        presented_ms_ = token.issued_at_ms;
        out.name = "authorization";
        out.value = "bearer " + token.text;
        out.not_renewed_before_ms = token.issued_at_ms + kNotRenewedBefore;
        out.renew_ms = token.issued_at_ms + kRenewAfter;
        out.expires_ms = token.issued_at_ms + kUselessAfter;
    }

    void request(const Push& push, std::int64_t, HttpRequest& out) override {
        buildRequest(push, origins_, out);
    }

    void outcome(const Push&, const Response& response, std::int64_t now_ms,
                 Outcome& out) override {
        out = classifier_.classify(response, now_ms);
    }

  private:
    const Origins origins_;
    const Signer signer_;
    std::int64_t presented_ms_ = 0;  // the time of the token that was given last
    ResponseClassifier classifier_;
};

/// A certificate is left alone: inspect() looked into it, and opening it takes longer than an event
/// loop can wait.
Signer openSigner(ProviderTokens& tokens, const CredentialFile& file) {
    const FileKind kind = kindOf(file.content());
    if (kind == FileKind::PemIdentity || kind == FileKind::Pkcs12) return {};
    if (kind != FileKind::SigningKey) throw InvalidInput("neither a signing key nor a certificate");
    SigningKeyFile opened = readSigningKey(file.content());
    if (!opened.key) throw InvalidInput(opened.problem);
    const std::string key_id(file.setting("key-id")), team_id(file.setting("team-id"));
    const std::string problem = checkKeySettings(key_id, team_id);
    if (!problem.empty()) throw InvalidInput(problem);
    std::shared_ptr<ProviderToken> token = tokens.of(*opened.key, key_id, team_id);
    return {std::move(opened.key), std::move(token)};
}

/// Immutable but for the tokens, and thread-safe.
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
        return std::make_unique<ApnsCredential>(origins_, openSigner(tokens_, file));
    }

  private:
    const Origins origins_;
    const std::vector<std::string> used_;
    mutable ProviderTokens tokens_;
};

}  // namespace
}  // namespace postbell::apns

POSTBELL_PROVIDER(postbell::apns::ApnsProvider,
                  postbell::About{"dev.postbell.apns", "Apple Push Notification service",
                                  "Postbell", POSTBELL_APNS_VERSION, "Apache-2.0", "",
                                  postbell::apns::kConfigSchema, POSTBELL_HAS_ENVIRONMENTS, "ios",
                                  0, postbell::apns::kCredentialSchema,
                                  postbell::kit::kAppleAppSchema});
