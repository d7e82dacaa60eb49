// SPDX-License-Identifier: Apache-2.0
#include "store/desk/database.h"

#include <algorithm>

#include "store/desk/app_record.h"
#include "store/desk/stored_keys.h"

namespace postbell::store {

namespace {

constexpr const char* kNoMailboxKey =
    "the key under which mailboxes are looked up does not open: no phone can register with a "
    "mailbox that the gateway is to manage until the database is restored from a backup";

}  // namespace

Database::Database(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock,
                   log::Log& log, util::Heartbeats* heartbeats)
    : engine_(std::move(engine)),
      clock_(clock),
      sealer_(std::move(sealer)),
      unopened_(log),
      apps_([this](Id id) {
          return read([&](const Tables& tables) { return appOf(tables.apps().find(id)); });
      }),
      completer_(apps_, seen_, unopened_, clock),
      mailbox_key_(makeKeys()),
      writer_(engine_->session(), seen_, clock, log, heartbeats) {
    if (!mailbox_key_) unopened_.note(kMailboxKeyName, 0, kNoMailboxKey);
}

const std::string& Database::mailboxKey() const {
    if (!mailbox_key_) throw UnopenedRow("the database " + engine_->name() + ": " + kNoMailboxKey);
    return *mailbox_key_;
}

std::optional<std::string> Database::makeKeys() {
    WriteSession& session = engine_->session();
    session.begin();
    try {
        std::optional<std::string> key =
            openMailboxKey(session.tables().meta(), sealer_, engine_->name());
        session.commit(Changed::Anything);
        return key;
    } catch (const std::exception&) {
        session.rollBack();
        throw;
    }
}

std::optional<util::RealTime> Database::silentSince() const {
    const auto reads = engine_->readsSilentSince();
    const auto commit = writer_.committingSince();
    if (!reads || !commit) return reads ? reads : commit;
    return std::min(*reads, *commit);
}

std::string Database::sealed(std::string_view place, const SealedRow& row, std::string_view plain) {
    unopened_.forget(place, row.id);
    return sealer_.seal(place, row.bound, plain);
}

std::string Database::opened(std::string_view place, const SealedRow& row,
                             std::string_view sealed) {
    try {
        return sealer_.open(place, row.bound, sealed);
    } catch (const SealError& error) {
        unopened_.note(place, row.id, error.what());
        throw UnopenedRow("row " + std::to_string(row.id) + " of the database " + engine_->name() +
                          ": " + error.what());
    }
}

bool Database::opens(std::string_view place, const SealedRow& row, std::string_view sealed) const {
    try {
        sealer_.open(place, row.bound, sealed);
        return true;
    } catch (const SealError&) {
        return false;
    }
}

}  // namespace postbell::store
