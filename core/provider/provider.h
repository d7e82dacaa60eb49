// SPDX-License-Identifier: Apache-2.0
// One provider instance: the C contract as C++ values.
#pragma once
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
#include "plugin/text.h"
#include "provider/provider_call.h"
#include "util/time.h"
#include "util/worker_pool.h"

namespace postbell::provider {

/// Of an app's settings for its pushes, names and values together.
inline constexpr std::size_t kMaxAppSettingsBytes = POSTBELL_MAX_APP_SETTINGS_BYTES;

/// A credential file on its way in.
struct CredentialUpload {
    std::string content, password;
    std::vector<std::pair<std::string, std::string>> settings;  ///< "key-id", "team-id", ...
    std::string app;  ///< the bundle id or package that it is meant for
};

/// Borrows from `upload` for as long as `use` runs.
template <class Use>
auto withCredentialFile(const CredentialUpload& upload, Use&& use) {
    using plugin::rawPresent;
    std::vector<postbell_header> settings;
    for (const auto& [name, value] : upload.settings)
        settings.push_back({rawPresent(name), rawPresent(value), POSTBELL_HEADER_SECRET});
    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = plugin::rawBytes(upload.content);
    file.password = plugin::raw(upload.password);
    file.settings = settings.data();
    file.setting_count = settings.size();
    file.app = rawPresent(upload.app);
    return use(file);
}

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
};

/// Immutable, and thread-safe like the functions of the contract that it calls.
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
    TokenCheck checkToken(std::string_view token) const;
    /// Opens the file: what this does not find in it, nobody finds.
    CredentialReport inspect(const CredentialUpload& upload, util::WallTime now) const;
    /// Each device token names the origin that its pushes go to.
    bool devicesNameOrigin() const { return plugin_->descriptor().devicesNameOrigin(); }
    /// Which addresses an origin that a device named may have; the problem is a sentence.
    util::Result<engine::AddressPolicy> addressesOf(std::string_view device_origin) const;
    /// The network's own origins and those that the config allows.
    bool allows(std::string_view origin) const { return plugin_->allows(origin); }
    const plugin::ProviderPlugin& plugin() const { return *plugin_; }
    /// To be held around each call of the function `name`, a literal.
    ProviderCall calling(const char* name) const { return {*plugin_, name}; }
    /// Its encoder takes so long that it is called by threads of its own.
    bool encodesBesideLoop() const { return encoders_ != nullptr; }
    /// False, and `work` is left alone: too much is waiting. Precondition: encodesBesideLoop().
    bool encodeBesideLoop(std::function<void()>& work) const { return encoders_->tryPost(work); }

  private:
    /// Refuses a normal form that breaks the contract.
    void checkNormal(TokenCheck& check) const;
    /// Puts the origin in normal form, or says what is wrong with it.
    void checkOrigin(TokenCheck& check) const;

    std::unique_ptr<plugin::ProviderPlugin> plugin_;
    const engine::DeviceOrigins device_origins_;  // the operator's are those that the config allows
    std::unique_ptr<util::WorkerPool> encoders_;  // null: pushes are encoded on the loop
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
