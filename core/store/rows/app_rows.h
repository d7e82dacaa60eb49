// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/tenant.h"

namespace postbell::store {

struct AppRow {
    App app;                    ///< without its push settings
    std::string push_settings;  ///< see settingsText()
};

/// An app that has an enrolment key.
struct EnrolledAppRow : AppRow {
    /// The key was replaced: until when it makes new registrations.
    std::optional<util::WallTime> registers_until;
};

class AppRows {
  public:
    virtual ~AppRows() = default;

    virtual std::optional<AppRow> find(Id id) const = 0;
    virtual std::optional<AppRow> find(Id tenant, std::string_view name) const = 0;
    virtual std::optional<EnrolledAppRow> findByEnrolment(
        std::string_view enrolment_hash) const = 0;
    /// In the order of tenants' and apps' names; `tenant` 0: of all.
    virtual std::vector<AppRow> list(Id tenant) const = 0;
    /// Without push settings. Nothing: the tenant has an app of this name.
    virtual std::optional<Id> insert(const App& app, std::string_view enrolment_hash) = 0;
    /// Changes nothing in an app that is turned off already.
    virtual void turnOff(Id id) = 0;
    /// Changes nothing in an app that is turned on already.
    virtual void turnOn(Id id, util::WallTime now) = 0;
    virtual void setPushSettings(Id id, std::string_view push_settings) = 0;
    /// The hash that the app had is kept as that of a replaced key. No replaced key makes new
    /// registrations for longer than the last.
    virtual void setEnrolmentHash(Id id, std::string_view enrolment_hash,
                                  util::WallTime old_register_until) = 0;
    /// Replaced keys make new registrations until then at most.
    virtual void limitReplacedKeys(Id id, util::WallTime until) = 0;
    /// Until when the last of them does; not set: there is none.
    virtual util::WallTime replacedKeysRegisterUntil(Id id) const = 0;
    virtual void setStyle(Id id, Style style) = 0;
    virtual std::int64_t countRegistrations(Id id) const = 0;
    /// Turns the app off, and forgets its enrolment hashes.
    virtual void close(Id id) = 0;
    virtual void closeAllOf(Id tenant) = 0;
    /// With its credentials; its registrations are gone already.
    virtual void remove(Id id) = 0;
};

}  // namespace postbell::store
