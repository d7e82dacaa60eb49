// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include "store/app_record.h"
#include "store/stored_keys.h"

namespace postbell::store {

Database::Database(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock,
                   log::Log& log)
    : engine_(std::move(engine)),
      sealer_(std::move(sealer)),
      apps_([this](Id id) {
          return read([&](const Tables& tables) { return appOf(tables.apps().find(id)); });
      }),
      completer_(apps_, seen_, clock),
      mailbox_key_(makeKeys()),
      writer_(engine_->session(), seen_, clock, log) {}

std::string Database::makeKeys() {
    WriteSession& session = engine_->session();
    session.begin();
    try {
        std::string key = openMailboxKey(session.tables().meta(), sealer_, engine_->name());
        session.commit(Changed::Anything);
        return key;
    } catch (const std::exception&) {
        session.rollBack();
        throw;
    }
}

std::string Database::opened(std::string_view place, std::string_view row,
                             std::string_view sealed) const {
    return openSealed(sealer_, engine_->name(), place, row, sealed);
}

}  // namespace postbell::store
