// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/basics.h"

namespace postbell::store {

/// The scope of an app for which it has one credential.
struct CredentialSlot {
    Id app = 0;
    std::string provider;
    bool production = false, sandbox = false;
};

struct AuthorizationRow {
    std::string name;
    std::string value;  ///< sealed; empty: none
    util::WallTime renew_at, expires_at, not_renewed_before;
};

/// One upload. Lists are texts, see list_text.h.
struct UploadRow {
    std::int64_t upload = 0;  ///< its number
    std::string kind, subject, topics;
    util::WallTime valid_from, expires_at, uploaded_at;
    std::string guards;
    AuthorizationRow authorization;
    std::string content, password, settings;  ///< sealed
};

struct CredentialRow {
    Id id = 0;
    CredentialSlot slot;
    UploadRow upload;
};

/// The upload that a new one replaces.
struct ReplacedUpload {
    Id id = 0;
    std::int64_t upload = 0;
    std::string guards;
};

class CredentialRows {
  public:
    virtual ~CredentialRows() = default;

    /// In the order of ids, without content, password, settings; `app` 0: of all.
    virtual std::vector<CredentialRow> list(Id app) const = 0;
    virtual std::optional<CredentialRow> find(Id id) const = 0;
    virtual std::optional<ReplacedUpload> findReplaced(const CredentialSlot& slot) const = 0;
    /// Without an upload, which follows in the same transaction.
    virtual Id insert(const CredentialSlot& slot) = 0;
    virtual void putUpload(Id id, const UploadRow& upload) = 0;
    /// Nothing: this is not the credential's upload.
    virtual std::optional<std::string> findGuards(Id id, std::int64_t upload) const = 0;
    virtual void putGuards(Id id, std::string_view guards) = 0;
    virtual void putAuthorization(Id id, const AuthorizationRow& authorization) = 0;
    /// False: there is none.
    virtual bool remove(Id id) = 0;
};

}  // namespace postbell::store
