// SPDX-License-Identifier: Apache-2.0
// The arguments of an admin's call, and the things that they name. Every function throws a Problem
// that names the argument or the thing.
#pragma once
#include <optional>
#include <string>

#include "admin/command.h"
#include "store/directory.h"
#include "store/registrations.h"

namespace postbell::admin {

/// A text that is there and not empty.
std::string text(const Json& arguments, const char* name);
/// A name that is safe in paths, logs and labels.
std::string nameText(const Json& arguments, const char* name, std::size_t max);

store::Tenant tenantOf(store::Directory& directory, const Json& arguments);
/// Nothing: the call is for all tenants.
std::optional<store::Tenant> tenantIfNamed(store::Directory& directory, const Json& arguments);
store::App appOf(store::Directory& directory, const Json& arguments);
std::optional<store::App> appIfNamed(store::Directory& directory, const Json& arguments);
store::Registration registrationOf(store::Registrations& registrations, const Json& arguments);

}  // namespace postbell::admin
