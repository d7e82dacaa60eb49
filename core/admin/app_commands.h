// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "admin/command.h"
#include "provider/provider.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// `app add`, `list`, `show`, `set`, `enable`, `disable`, `rotate-key`, `end-overlap` and `remove`.
/// Thread-safe.
class AppCommands {
  public:
    /// `removed`: called for an app that was removed.
    AppCommands(store::Directory& directory, const provider::ProviderHost& providers,
                const util::Clock& clock, std::function<void(store::Id app)> removed);
    void addTo(CommandTable& table);

  private:
    Json add(const Json& arguments);
    Json list(const Json& arguments);
    Json set(const Json& arguments);
    void setPushSettings(store::App& app, const Json& changes);
    Json setEnabled(const Json& arguments, bool enabled);
    Json rotateKey(const Json& arguments);
    Json endOverlap(const Json& arguments);
    Work remove(const Json& arguments);

    store::Directory& directory_;
    const provider::ProviderHost& providers_;
    const util::Clock& clock_;
    const std::function<void(store::Id)> removed_;
};

}  // namespace postbell::admin
