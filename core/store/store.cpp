// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <charconv>
#include <utility>

#include "store/desk/credentials_desk.h"
#include "store/desk/database.h"
#include "store/desk/directory_desk.h"
#include "store/desk/events_desk.h"
#include "store/desk/mailboxes_desk.h"
#include "store/desk/registrations_desk.h"
#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr std::size_t kProofBytes = 8;
constexpr const char* kAliveAt = "alive_at";

}  // namespace

struct Store::Desks {
    Desks(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock, log::Log& log,
          util::Heartbeats* heartbeats)
        : database(std::move(engine), std::move(sealer), clock, log, heartbeats) {}

    Database database;
    EventsDesk events{database};
    RegistrationsDesk registrations{database};
    MailboxesDesk mailboxes{database};
    DirectoryDesk directory{database};
    CredentialsDesk credentials{database};
};

Store::Store(std::unique_ptr<Engine> engine, Sealer sealer, const util::Clock& clock, log::Log& log,
             util::Heartbeats* heartbeats)
    : desks_(
          std::make_unique<Desks>(std::move(engine), std::move(sealer), clock, log, heartbeats)) {}

Store::~Store() = default;

Events& Store::events() {
    return desks_->events;
}

Registrations& Store::registrations() {
    return desks_->registrations;
}

Mailboxes& Store::mailboxes() {
    return desks_->mailboxes;
}

Directory& Store::directory() {
    return desks_->directory;
}

Credentials& Store::credentials() {
    return desks_->credentials;
}

SeenLedger& Store::seen() {
    return desks_->database.seen();
}

void Store::backup(const std::string& file, const std::stop_token& stop) {
    desks_->database.engine().backup(file, stop);
}

bool Store::isThere() {
    return desks_->database.engine().isThere();
}

std::string Store::health() {
    Database& database = desks_->database;
    // A try alone writes nothing and cannot notice a full disk. Once a commit has failed, only one
    // that succeeds proves the end of the trouble.
    const bool prove = !database.writer().trouble().empty();
    try {
        database.write([prove](WriteContext& context) {
            MetaRows& meta = context.tables.meta();
            prove ? meta.put("written", util::randomBytes(kProofBytes)) : meta.tryWrite();
        });
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::string Store::readTrouble() const {
    return desks_->database.readTrouble();
}

std::optional<util::RealTime> Store::silentSince() const {
    return desks_->database.silentSince();
}

util::WallTime Store::lastAlive() {
    const auto found =
        desks_->database.read([](const Tables& tables) { return tables.meta().find(kAliveAt); });
    std::int64_t ms = 0;
    if (found) std::from_chars(found->data(), found->data() + found->size(), ms);
    return util::fromMs(ms);
}

void Store::markAlive(util::WallTime now) {
    desks_->database.keep(kAliveAt,
                          [text = std::to_string(util::toMs(now))](WriteContext& context) {
                              context.tables.meta().put(kAliveAt, text);
                          });
}

StoreStats Store::stats() const {
    return desks_->database.writer().stats();
}

Unopened Store::findUnopened(const Progress& progress) {
    return store::findUnopened(desks_->database, progress);
}

std::string Store::masterKeyFingerprint() const {
    return desks_->database.sealer().keyFingerprint();
}

std::size_t Store::unopenedRows() const {
    return desks_->database.unopened().count();
}

void Store::flush() {
    desks_->database.writer().flush();
}

}  // namespace postbell::store
