// SPDX-License-Identifier: Apache-2.0
#include "app/command_listener.h"

#include <utility>

namespace postbell::app {
namespace {

constexpr util::Milliseconds kAnswerPatience{10'000};

net::ServerSettings serverSettings(const config::Config& config, util::Heartbeats& heartbeats) {
    net::ServerSettings settings;
    settings.name = "command";
    settings.limits = config.admin.limits;
    settings.limits.connections_per_address = settings.limits.connections;
    settings.heartbeats = &heartbeats;
    return settings;
}

}  // namespace

CommandListener::CommandListener(const config::Config& config, net::Handler handler,
                                 util::Heartbeats& heartbeats, log::Log& log)
    : socket_(adminSocketFile(config)),
      server_(serverSettings(config, heartbeats), socket_.take(), std::move(handler), log) {
    log.info("listening", {{"listener", "command"}, {"address", socket_.file().string()}});
}

void CommandListener::stop() {
    server_.stop(kAnswerPatience);
}

}  // namespace postbell::app
