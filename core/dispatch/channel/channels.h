// SPDX-License-Identifier: Apache-2.0
// The channel that a lane sends with, and its superseded channels.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dispatch/channel/channel.h"
#include "dispatch/journal/push_journal.h"
#include "dispatch/surroundings.h"
#include "engine/work_scope.h"
#include "util/backoff.h"

namespace postbell::dispatch {

/// A renewed credential gets a channel of its own, and the one before it is in use until that is
/// opened. Then the superseded one takes no more pushes and lives until its last flight is
/// answered, so that a renewal drops no push. Confined to the loop's thread.
class Channels {
  public:
    /// Called on the loop's thread.
    struct Hooks {
        std::function<void()> on_opened;      ///< of the newest upload, which may be unusable
        std::function<void()> on_authorized;  ///< see SessionHooks
        std::function<void()> on_again;       ///< load() is to try again: an upload was unusable
    };
    /// The references must outlive this.
    Channels(const Surroundings& around, store::Environment environment, ChannelOwner& owner,
             Hooks hooks, PushJournal& journal);
    ~Channels();

    /// Opens the newest upload beside the loop, unless it is in use. `network` null: none serves
    /// the app, or the app is gone. Throws store::StoreError.
    void load(const store::App& app, const Network* network);

    /// Null: there is no usable credential.
    Channel* current() const { return current_.get(); }
    /// A newer upload is being opened.
    bool opening() const { return opening_ != nullptr; }
    /// There is a credential, usable or not.
    bool stored() const { return stored_; }
    std::size_t inFlight() const;
    /// Closes superseded channels whose last flight was answered: soon, since one of their pools
    /// may be calling just now.
    void closeSupersededSoon();

  private:
    /// An upload on its way from the store to a channel.
    struct Opening {
        Channel::Upload upload;
        const Network& network;
        store::GuardState guard;
        util::WallTime uploaded_at;
    };
    /// Null: the provider does not open the credential, and `problem` says why.
    struct Opened {
        std::unique_ptr<Session> session;
        std::string problem;
    };

    void supersede();
    void unusable(std::string_view problem);
    void open(store::Credential credential, const store::App& app, const Network& network);
    void opened(const Opening& opening, Opened opened);
    void use(const Opening& opening, Opened opened);
    SessionHooks sessionHooks(const Channel::Upload& upload);

    const Surroundings& around_;
    const store::Environment environment_;
    ChannelOwner& owner_;
    const Hooks hooks_;
    PushJournal& journal_;
    bool stored_ = false;
    /// Shared with the work beside the loop, which is in vain once this is another.
    std::shared_ptr<const Opening> opening_;
    std::unique_ptr<Channel> current_;
    std::vector<std::unique_ptr<Channel>> superseded_;
    util::Backoff again_;
    engine::Timer again_timer_;
    engine::Timer keep_timer_;
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
