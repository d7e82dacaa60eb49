// SPDX-License-Identifier: Apache-2.0
#include "store/desk/stored_keys.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>

#include "store/records/store_error.h"

using namespace postbell;
using namespace postbell::store;

namespace {

class FakeMeta final : public MetaRows {
  public:
    std::optional<std::string> find(std::string_view name) const override {
        const auto found = rows.find(std::string(name));
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    void put(std::string_view name, std::string_view value) override {
        rows[std::string(name)] = value;
    }
    void tryWrite() override {}
    void insertAudit(util::WallTime, std::string_view, std::string_view) override {}
    std::vector<AuditLine> listAudit(const AuditFilter&) const override { return {}; }

    std::map<std::string, std::string> rows;
};

Sealer sealerOf(const char* key) {
    return Sealer(MasterKey::parse(key, "TEST_KEY"));
}

const Sealer kOwn = sealerOf("3TPgUaKeIwxrgi0+M+ql3tMaxZAUfs7jSPcZpucTuPs=");
const Sealer kOther = sealerOf("idaYvPYnVstGOCsbvIf2U9mH5tpPUMlKNlZFC5JreGQ=");

struct Keys {
    std::optional<std::string> open(const Sealer& sealer = kOwn) {
        return openMailboxKey(meta, sealer, "postbell.db");
    }
    void damage(const char* name) { meta.rows.at(name).back() ^= 1; }

    FakeMeta meta;
    const std::string made = open().value();
};

}  // namespace

TEST_CASE("a database's keys are made once") {
    Keys keys;
    CHECK(keys.made.size() == 32);
    CHECK(keys.open() == keys.made);
}

TEST_CASE("a wrong master key is refused, whichever of the keys is left") {
    Keys keys;
    SECTION("both") {}
    SECTION("the check alone") {
        keys.meta.rows.erase("mailbox_key");
    }
    SECTION("the mailboxes' key alone") {
        keys.meta.rows.erase("key_check");
    }
    CHECK_THROWS_WITH(keys.open(kOther),
                      Catch::Contains("not the one this database was sealed with"));
}

TEST_CASE("a damaged key of mailboxes keeps no store closed, and stays as it is") {
    Keys keys;
    keys.damage("mailbox_key");
    const std::string damaged = keys.meta.rows.at("mailbox_key");
    CHECK_FALSE(keys.open());
    CHECK_FALSE(keys.open());
    CHECK(keys.meta.rows.at("mailbox_key") == damaged);
}

TEST_CASE("a damaged check of the master key is made anew") {
    Keys keys;
    keys.damage("key_check");
    CHECK(keys.open() == keys.made);
    keys.damage("mailbox_key");
    CHECK_NOTHROW(keys.open());
}

TEST_CASE("where neither key opens, the master key is taken to be wrong") {
    Keys keys;
    keys.damage("key_check");
    keys.damage("mailbox_key");
    CHECK_THROWS_AS(keys.open(), StoreError);
}
