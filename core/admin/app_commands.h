// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "admin/command.h"
#include "provider/provider.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// `app add`, `list`, `show`, `set`, `enable`, `disable` and `rotate-key`. Thread-safe.
class AppCommands {
  public:
    AppCommands(store::Directory& directory, const provider::ProviderHost& providers,
                const util::Clock& clock);
    void addTo(CommandTable& table);

  private:
    Json add(const Json& arguments);
    Json list(const Json& arguments);
    Json set(const Json& arguments);
    Json setEnabled(const Json& arguments, bool enabled);
    Json rotateKey(const Json& arguments);

    store::Directory& directory_;
    const provider::ProviderHost& providers_;
    const util::Clock& clock_;
};

}  // namespace postbell::admin
