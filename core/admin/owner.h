// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "admin/command.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "store/registrations.h"

namespace postbell::admin {

/// The tenant whose record a call names, also where it is the number of a credential or the id of a
/// registration. Empty: the call is about no tenant, or there is no such record.
std::string ownerOf(store::Directory& directory, store::Registrations& registrations,
                    store::Credentials& credentials, const Json& arguments);

}  // namespace postbell::admin
