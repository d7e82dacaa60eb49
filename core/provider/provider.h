// SPDX-License-Identifier: Apache-2.0
// One provider instance: the C contract as C++ values.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/device_origins.h"
#include "plugin/provider_plugin.h"
#include "plugin/timed_call.h"
#include "provider/encoder_threads.h"
#include "util/time.h"

namespace postbell::provider {

/// Of an app's settings for its pushes, names and values together.
inline constexpr std::size_t kMaxAppSettingsBytes = POSTBELL_MAX_APP_SETTINGS_BYTES;

/// A credential file on its way in.
struct CredentialUpload {
    std::string content, password;
    std::vector<std::pair<std::string, std::string>> settings;  ///< "key-id", "team-id", ...
    std::string app;  ///< the bundle id or package that it is meant for
};

/// A provider's findings in a credential file.
struct CredentialReport {
    std::string kind, subject;
    std::string problem;  ///< a sentence for the admin; empty if the credential is good
    std::vector<std::string> topics;
    bool tls_identity = false, production = false, sandbox = false;
    util::WallTime valid_from, expires_at;
    /// With tls_identity: key, certificate and chain as PEM, which is stored and presented; empty
    /// if the file has none. A secret.
    std::string identity;
};

/// The result of checking a device token: its normal form, or a problem.
struct TokenCheck {
    std::string normal;
    std::string problem;        ///< a sentence; empty if the token is good
    std::string origin;         ///< that the device named, in normal form; empty: the network's own
    util::WallTime expires_at;  ///< when the network forgets the token; not set: unknown
    bool failed = false;        ///< `problem` is the plugin's own: the token may be good
};

/// Thread-safe like the functions of the contract that it calls.
class Provider {
  public:
    explicit Provider(std::unique_ptr<plugin::ProviderPlugin> plugin);

    const std::string& instance() const { return plugin_->instance(); }
    const std::vector<std::string>& platforms() const { return plugin_->descriptor().platforms(); }
    /// Devices belong to production or sandbox.
    bool hasEnvironments() const { return plugin_->descriptor().hasEnvironments(); }
    /// Its credentials are files; else settings may be enough.
    bool needsCredentialFile() const {
        return plugin_->descriptor().credentialSchema().file().required;
    }
    /// The file may be a new key on P-256 that the gateway makes.
    bool takesNewP256Key() const {
        return plugin_->descriptor().credentialSchema().file().generate == "p256";
    }
    TokenCheck checkToken(std::string_view token) const;
    /// Opens the file: no other function finds more in it.
    CredentialReport inspect(const CredentialUpload& upload, util::WallTime now) const;
    /// Each device token names the origin that its pushes go to.
    bool devicesNameOrigin() const { return plugin_->descriptor().devicesNameOrigin(); }
    /// Who named an origin; the problem is a sentence: pushes may not go there.
    util::Result<engine::NamedBy> namedBy(std::string_view origin) const;
    /// The network's own origins and those that the config allows.
    bool allows(std::string_view origin) const { return plugin_->allows(origin); }
    const plugin::ProviderPlugin& plugin() const { return *plugin_; }
    /// To be held around each call of the function `name`, a literal.
    plugin::TimedCall calling(const char* name) const { return {*plugin_, name}; }
    /// Its encoder takes so long that it is called by threads of its own: it says so, or it was
    /// slow several times in a row.
    bool encodesBesideLoop() const { return encoders_.running(); }
    /// False, and `work` is left alone: too much is waiting. Precondition: encodesBesideLoop().
    bool encodeBesideLoop(std::function<void()>& work) const { return encoders_.tryPost(work); }
    /// To be told of each call of its encoder.
    void encoderTook(util::RealTime::duration took) const;

  private:
    TokenCheck failedCheck(postbell_status status, const std::string& fault) const;
    /// Refuses a token for the plugin's breach of the contract.
    void refuse(TokenCheck& check, const std::string& breach) const;
    /// Refuses a normal form that breaks the contract.
    void checkNormal(TokenCheck& check) const;
    /// Puts the origin in normal form, or tells its problem.
    void checkOrigin(TokenCheck& check) const;

    std::unique_ptr<plugin::ProviderPlugin> plugin_;
    const engine::DeviceOrigins device_origins_;  // the operator's are those that the config allows
    mutable EncoderThreads encoders_;
    mutable std::atomic<unsigned> slow_encodes_ = 0;  // in a row
};

/// The enabled provider instances. Immutable after the start.
class ProviderHost {
  public:
    /// Throws std::runtime_error if two instances serve one platform: an app would not know through
    /// which it pushes.
    void add(std::unique_ptr<Provider> provider);
    const Provider* forPlatform(std::string_view platform) const;
    const Provider* find(std::string_view instance) const;
    const std::vector<std::unique_ptr<Provider>>& all() const { return providers_; }

  private:
    std::vector<std::unique_ptr<Provider>> providers_;
};

}  // namespace postbell::provider
