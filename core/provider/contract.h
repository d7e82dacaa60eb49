// SPDX-License-Identifier: Apache-2.0
// The waist of the contract: its structs on one side, values on the other.
#pragma once
#include <optional>
#include <vector>

#include "plugin/text.h"
#include "postbell/abi.h"
#include "provider/provider.h"
#include "provider/push.h"

namespace postbell::provider {

/// Borrows from `upload` for as long as `use` runs.
template <class Use>
auto withCredentialFile(const CredentialUpload& upload, Use&& use) {
    using plugin::rawPresent;
    std::vector<postbell_header> settings;
    for (const auto& [name, value] : upload.settings)
        settings.push_back({rawPresent(name), rawPresent(value), POSTBELL_HEADER_SECRET});
    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = plugin::rawBytes(upload.content);
    file.password = plugin::raw(upload.password);
    file.settings = settings.data();
    file.setting_count = settings.size();
    file.app = rawPresent(upload.app);
    return use(file);
}

/// Borrows from `push`, and from `settings`, which it fills with the push's.
postbell_push rawPush(const Push& push, std::vector<postbell_header>& settings);

/// Borrows from `request`. Precondition: requestBreach() found no breach.
void fill(Encoded& encoded, const postbell_http_request& request);

/// Nothing: the contract does not know the result.
std::optional<Outcome> outcomeOf(const postbell_outcome& raw);

}  // namespace postbell::provider
