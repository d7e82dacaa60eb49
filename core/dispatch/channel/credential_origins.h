// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "store/records/records.h"

namespace postbell::store {
class Credentials;
class Directory;
}  // namespace postbell::store

namespace postbell::dispatch {

class Networks;

struct OriginSources {
    store::Credentials& credentials;
    store::Directory& directory;
    const Networks& networks;
};

/// Where pushes with a credential go in each environment that it serves: found by encoding one, on
/// the calling thread. Empty if the credential cannot be used, or the device names the origin.
std::map<store::Environment, std::string> credentialOrigins(const OriginSources& sources,
                                                            const store::Credential& credential);

}  // namespace postbell::dispatch
