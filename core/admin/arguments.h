// SPDX-License-Identifier: Apache-2.0
// The arguments of an admin's call, and the tenants, apps and registrations that they name. Every
// function throws a Problem that quotes the argument.
#pragma once
#include <optional>
#include <string>

#include "admin/command.h"
#include "store/directory.h"
#include "store/registrations.h"
#include "util/time.h"

namespace postbell::admin {

/// A printable text that is not empty.
std::string text(const Json& arguments, const char* name);
/// A name that is safe in paths, logs and labels.
std::string nameText(const Json& arguments, const char* name, std::size_t max);

/// A time such as "90m" or "1d": a number with s, m, h, d or w. Nothing: absent.
std::optional<util::Milliseconds> optionalDuration(const Json& arguments, const char* name);

/// Refuses a removal unless "confirm" repeats the name of the thing that goes.
void requireConfirmation(const Json& arguments, const std::string& name);

store::Tenant tenantOf(store::Directory& directory, const Json& arguments);
/// Nothing: the call is for all tenants.
std::optional<store::Tenant> tenantIfNamed(store::Directory& directory, const Json& arguments);
store::App appOf(store::Directory& directory, const Json& arguments);
std::optional<store::App> appIfNamed(store::Directory& directory, const Json& arguments);
store::Registration registrationOf(store::Registrations& registrations, const Json& arguments);

}  // namespace postbell::admin
