// SPDX-License-Identifier: Apache-2.0
// The channel that a lane sends with, and its superseded channels.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "dispatch/channel.h"
#include "dispatch/credential_guard.h"
#include "dispatch/lane_context.h"
#include "dispatch/push_journal.h"
#include "engine/work_scope.h"

namespace postbell::dispatch {

/// A renewed credential gets a channel of its own; the superseded one takes no more pushes and
/// lives until its last flight is answered, so that a renewal drops no push. Confined to the loop's
/// thread.
class Channels {
  public:
    /// The references must outlive this. `on_authorized`: as SessionHooks has it.
    Channels(const LaneContext& context, store::Environment environment, ChannelOwner& owner,
             std::function<void()> on_authorized, PushJournal& journal);
    ~Channels();

    enum class Loaded { Unchanged, None, Opened };
    /// Opens the newest upload, unless it is in use; `guard` becomes that upload's. `network` null:
    /// none serves the app, or the app is gone. Throws store::StoreError.
    Loaded load(const store::App& app, const Network* network, const Now& now,
                CredentialGuard& guard);

    /// Null: there is no usable credential.
    Channel* current() const { return current_.get(); }
    bool isCurrent(const Channel& channel) const { return &channel == current_.get(); }
    /// There is a credential, usable or not.
    bool stored() const { return stored_; }
    std::size_t inFlight() const;
    /// Closes superseded channels whose last flight was answered: soon, since one of their pools
    /// may be calling just now.
    void closeSupersededSoon();

  private:
    void supersede();
    void open(store::Credential credential, const store::App& app, const Network& network);

    const LaneContext& context_;
    const store::Environment environment_;
    ChannelOwner& owner_;
    const std::function<void()> on_authorized_;
    PushJournal& journal_;
    bool stored_ = false;
    std::unique_ptr<Channel> current_;
    std::vector<std::unique_ptr<Channel>> superseded_;
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
