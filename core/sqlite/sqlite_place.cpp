// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_place.h"

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "sqlite/sqlite_engine.h"
#include "sqlite/store_lock.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

namespace {

using std::filesystem::path;

constexpr std::string_view kBegin = "sqlite://";

class SqlitePermit final : public Permit {
  public:
    explicit SqlitePermit(StoreLock lock) : lock_(std::move(lock)) {}

    std::unique_ptr<Store> open(const Opening& opening) override {
        auto made = std::make_unique<SqliteEngine>(std::move(lock_));
        SqliteEngine& engine = *made;
        auto store = std::make_unique<Store>(std::move(made), opening.sealer, opening.clock,
                                             opening.log, opening.heartbeats);
        if (engine.file().isNew())
            opening.log.info("made a new store", {{"database", engine.name()}});
        engine.complete();
        return store;
    }

  private:
    StoreLock lock_;
};

class SqlitePlace final : public Place {
  public:
    /// Without "." and "..".
    explicit SqlitePlace(path file) : file_(std::move(file)) {}

    std::string name() const override { return file_.string(); }
    path gatewayFiles() const override { return file_; }
    bool exists() const override {
        std::error_code error;
        return std::filesystem::exists(file_, error);
    }
    std::vector<path> files() const override {
        return {file_, path(file_).concat("-wal"), path(file_).concat("-shm")};
    }
    std::vector<path> traces() const override { return StoreLock::traces(file_); }
    bool isHeld() const override { return StoreLock::isHeld(file_); }
    std::int64_t holder() const override { return StoreLock::holder(file_); }
    std::unique_ptr<Permit> tryTake() const override {
        std::optional<StoreLock> lock = StoreLock::tryAcquire(file_);
        return lock ? std::make_unique<SqlitePermit>(std::move(*lock)) : nullptr;
    }

  private:
    const path file_;
};

}  // namespace

util::Result<std::shared_ptr<const Place>> sqlitePlace(std::string_view url) {
    std::string_view text = url;
    if (text.starts_with(kBegin)) text.remove_prefix(kBegin.size());
    while (text.starts_with("//")) text.remove_prefix(1);
    path file = path(text).lexically_normal();
    if (url.starts_with(kBegin) && text.starts_with('/') && file.has_filename() &&
        text.find_first_of(std::string_view("?#\0", 3)) == text.npos)
        return std::shared_ptr<const Place>(std::make_shared<const SqlitePlace>(std::move(file)));
    return util::Problem{"found the text \"" + std::string(url) +
                         "\"; accepted is \"sqlite://\" and the absolute path of a file: "
                         "\"sqlite:///var/lib/postbell/postbell.db\""};
}

}  // namespace postbell::sqlite
