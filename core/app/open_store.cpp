// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "sqlite/open_store.h"
#include "store/store_error.h"

namespace postbell::app {

store::MasterKey masterKey(const config::SecretsConfig& secrets) {
    if (secrets.master_key_env.empty()) return store::MasterKey::read(secrets.master_key_file);
    const char* text = std::getenv(secrets.master_key_env.c_str());
    if (text == nullptr)
        throw store::MasterKeyError("the environment variable " + secrets.master_key_env +
                                    ", which should hold the master key, is not set");
    return store::MasterKey::parse(text, "the environment variable " + secrets.master_key_env);
}

config::Config loadConfig(const std::filesystem::path& file) {
    config::Config config = config::load(file);
    const auto url = sqlite::StoreUrl::parse(config.store.url);
    if (!url)
        throw config::ConfigError(config.file,
                                  {{config.store.url_at, "[store]", "url", url.problem()}});
    if (config.admin.token_file.empty())
        config.admin.token_file = (url->file().parent_path() / "admin.token").string();
    return config;
}

std::filesystem::path databaseFile(const config::Config& config) {
    return sqlite::StoreUrl::parse(config.store.url).value().file();
}

void refuseLostStore(const config::Config& config) {
    const std::filesystem::path database = databaseFile(config);
    std::error_code error;
    if (std::filesystem::exists(database, error)) return;
    std::vector<std::filesystem::path> traces = sqlite::StoreLock::traces(database);
    // Made with the store, unless the config names another place.
    const std::filesystem::path token = config.admin.token_file;
    if (token.parent_path() == database.parent_path() && std::filesystem::exists(token, error))
        traces.push_back(token);
    if (traces.empty()) return;
    std::string names;
    for (const std::filesystem::path& trace : traces)
        names += (names.empty() ? "" : ", ") + trace.string();
    throw store::StoreError("the database " + database.string() +
                            " is gone, and there was one: restore it from a backup. To begin anew "
                            "without its tenants and registrations, remove " +
                            names);
}

bool storeIsHeld(const config::Config& config) {
    return sqlite::StoreLock::isHeld(databaseFile(config));
}

std::int64_t storeHolder(const config::Config& config) {
    return sqlite::StoreLock::holder(databaseFile(config));
}

struct StorePermit::Lock {
    sqlite::StoreLock held;
};

StorePermit::StorePermit(std::unique_ptr<Lock> lock) : lock_(std::move(lock)) {}
StorePermit::StorePermit(StorePermit&&) noexcept = default;
StorePermit::~StorePermit() = default;

std::optional<StorePermit> StorePermit::tryTake(const config::Config& config) {
    auto held = sqlite::StoreLock::tryAcquire(databaseFile(config));
    if (!held) return std::nullopt;
    return StorePermit(std::make_unique<Lock>(Lock{std::move(*held)}));
}

std::unique_ptr<store::Store> StorePermit::open(const config::Config& config,
                                                const util::Clock& clock, log::Log& log,
                                                util::Heartbeats& heartbeats) && {
    refuseLostStore(config);
    return sqlite::openStore(std::move(lock_->held), store::Sealer(masterKey(config.secrets)),
                             clock, log, &heartbeats);
}

}  // namespace postbell::app
