// SPDX-License-Identifier: Apache-2.0
#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

/// A null pointer would be NULL, not an empty value.
const char* dataOf(std::string_view bytes) {
    return bytes.data() != nullptr ? bytes.data() : "";
}

}  // namespace

bool Query::next() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) connection_.fail(result);
    return false;
}

std::int64_t Query::run() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_DONE) connection_.fail(result);
    return sqlite3_changes(sqlite3_db_handle(statement_));
}

// The values are copied: a statement's run may outlive them.

void Query::bind(int index, std::string_view text) {
    connection_.check(sqlite3_bind_text(statement_, index, dataOf(text),
                                        static_cast<int>(text.size()), SQLITE_TRANSIENT));
}

void Query::bind(int index, Ids ids) {
    std::string array = "[";
    for (const std::int64_t id : ids.ids) array.append(std::to_string(id)).append(",");
    if (!ids.ids.empty()) array.pop_back();
    bind(index, array.append("]"));
}

void Query::bind(int index, Blob blob) {
    connection_.check(sqlite3_bind_blob(statement_, index, dataOf(blob.bytes),
                                        static_cast<int>(blob.bytes.size()), SQLITE_TRANSIENT));
}

}  // namespace postbell::sqlite
