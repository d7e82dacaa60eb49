// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sql.h"

#include <mutex>
#include <set>
#include <utility>

namespace postbell::sqlite {

Sql Sql::kept(std::string text) {
    static std::mutex texts_mutex;
    static std::set<std::string> texts;
    const std::lock_guard lock(texts_mutex);
    return Sql(Kept{*texts.insert(std::move(text)).first});
}

}  // namespace postbell::sqlite
