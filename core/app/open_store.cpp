// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

#include <cstdlib>

namespace postbell::app {

store::MasterKey masterKey(const config::SecretsConfig& secrets) {
    if (secrets.master_key_env.empty()) return store::MasterKey::read(secrets.master_key_file);
    const char* text = std::getenv(secrets.master_key_env.c_str());
    if (text == nullptr)
        throw store::MasterKeyError("the environment variable " + secrets.master_key_env +
                                    ", which should hold the master key, is not set");
    return store::MasterKey::parse(text, "the environment variable " + secrets.master_key_env);
}

std::filesystem::path databaseFile(const config::Config& config) {
    return sqlite::databaseFile(config.store.url);
}

std::unique_ptr<store::Store> openStore(const config::Config& config, sqlite::StoreLock lock,
                                        const util::Clock& clock, log::Log& log) {
    return sqlite::openStore(std::move(lock), store::Sealer(masterKey(config.secrets)), clock, log);
}

}  // namespace postbell::app
