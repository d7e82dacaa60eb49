// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/surroundings.h"
#include "sqlite/sqlite_place.h"
#include "store/records/store_error.h"
#include "util/trusted_owners.h"

namespace postbell::app {

store::MasterKey masterKey(const config::Config& config) {
    const config::SecretsConfig& secrets = config.secrets;
    if (secrets.master_key_env.empty())
        return store::MasterKey::read(secrets.master_key_file, config.trusted_owners);
    const char* text = std::getenv(secrets.master_key_env.c_str());
    if (text == nullptr)
        throw store::MasterKeyError("the environment variable " + secrets.master_key_env +
                                    ", which should hold the master key, is not set");
    return store::MasterKey::parse(text, "the environment variable " + secrets.master_key_env);
}

config::Config loadConfig(const std::filesystem::path& file) {
    config::Config config = config::load(file);
    const auto place = sqlite::sqlitePlace(config.store.url);
    if (!place)
        throw config::ConfigError(config.file,
                                  {{config.store.url_at, "[store]", "url", place.problem()}});
    if (config.admin.token_file.empty())
        config.admin.token_file = ((*place)->gatewayFiles().parent_path() / "admin.token").string();
    if (const auto user = serviceUser(config)) config.trusted_owners = util::TrustedOwners(*user);
    return config;
}

std::shared_ptr<const store::Place> storePlace(const config::Config& config) {
    return sqlite::sqlitePlace(config.store.url).value();
}

void refuseLostStore(const config::Config& config) {
    const auto place = storePlace(config);
    if (place->exists()) return;
    std::vector<std::filesystem::path> traces = place->traces();
    // Made with the store, unless the config names another folder.
    const std::filesystem::path token = config.admin.token_file;
    std::error_code error;
    if (token.parent_path() == place->gatewayFiles().parent_path() &&
        std::filesystem::exists(token, error))
        traces.push_back(token);
    if (traces.empty()) return;
    std::string names;
    for (const std::filesystem::path& trace : traces)
        names += (names.empty() ? "" : ", ") + trace.string();
    throw store::StoreError("the database " + place->name() +
                            " is gone, and there was one: restore it from a backup. To begin anew "
                            "without its tenants and registrations, remove " +
                            names);
}

std::optional<StorePermit> StorePermit::tryTake(const config::Config& config) {
    auto permit = storePlace(config)->tryTake();
    if (permit == nullptr) return std::nullopt;
    return StorePermit(std::move(permit));
}

std::unique_ptr<store::Store> StorePermit::open(const config::Config& config,
                                                const util::Clock& clock, log::Log& log,
                                                util::Heartbeats& heartbeats) && {
    refuseLostStore(config);
    return permit_->open({store::Sealer(masterKey(config)), clock, log, &heartbeats});
}

}  // namespace postbell::app
