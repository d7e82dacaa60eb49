// SPDX-License-Identifier: Apache-2.0
// The parts of the gateway that sending uses.
#pragma once
#include "dispatch/hooks.h"
#include "dispatch/settings.h"

namespace prometheus {
class Registry;
}
namespace postbell::engine {
class Loop;
}
namespace postbell::log {
class Log;
}
namespace postbell::store {
class Credentials;
class Directory;
class Events;
}  // namespace postbell::store

namespace postbell::dispatch {

class Networks;

/// All references must outlive the dispatcher.
struct Surroundings {
    engine::Loop& loop;
    store::Events& events;
    store::Credentials& credentials;
    store::Directory& directory;
    const Networks& networks;
    ConnectionOpener open_connections;
    prometheus::Registry& registry;
    log::Log& log;
    DispatchSettings settings;
    LifeClockOf life_clock_of;
    OutcomeNote note_outcome;
    CountReader read_count;
};

}  // namespace postbell::dispatch
