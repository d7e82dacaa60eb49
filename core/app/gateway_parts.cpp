// SPDX-License-Identifier: Apache-2.0
#include "app/gateway_parts.h"

#include <utility>

#include "app/part_settings.h"
#include "app/version.h"
#include "engine/tls_trust.h"
#include "plugin/plugin_info.h"
#include "util/insist.h"

namespace postbell::app {
namespace {

constexpr util::Milliseconds kDrainPatience{10'000};

}  // namespace

GatewayParts::GatewayParts(const config::Config& config, StorePermit permit, log::Log& log,
                           admin::GatewayCommands::State state)
    : config_(config),
      log_(log),
      clock_(config.gateway.clock_speed, storePlace(config)->gatewayFiles()),
      operations_(clock_, log) {
    // Plugins first: a section that one of them refuses leaves no database behind.
    openProviders();
    auto backends = openBackends();
    store_ = std::move(permit).open(config, clock_, log, heartbeats_);
    backends_ = std::make_unique<backend::BackendHost>(
        backend::BackendHost::Parts{store_->events(), store_->registrations(), store_->seen(),
                                    clock_, log},
        registry_);
    backends_->noteLastAlive(store_->lastAlive());
    for (auto& [plugin, pool_threads] : backends) backends_->add(std::move(plugin), pool_threads);
    managed_ = std::make_unique<managed::ManagedHost>(managed::ManagedHost::Parts{
        store_->mailboxes(), clock_, registry_, log, config.mailbox.public_url,
        managedHttpSettings(config), &heartbeats_, kRegistrationThreads / 4});
    for (plugin::BackendPlugin* plugin : backends_->plugins())
        if (plugin->managed() != nullptr) managed_->add(*plugin);
    openDispatcher();
    admin_service_ = std::make_unique<admin::AdminService>(admin::AdminService::Parts{
        store_->directory(), store_->registrations(), store_->credentials(), store_->events(),
        store_->seen(), *backends_, providers_, *dispatcher_, clock_, log,
        config.mailbox.public_url,
        [directory = config.plugins.directory] { return plugin::listPlugins(directory); },
        [this](const std::string& file, const std::stop_token& stop) {
            store_->backup(file, stop);
        },
        [this](const store::Progress& progress) { return store_->findUnopened(progress); },
        std::move(state), operations_});
}

GatewayParts::~GatewayParts() {
    if (closed_) return;
    Stage unseen("closing");
    finish(unseen);
    close(unseen);
}

plugin::PluginContext GatewayParts::pluginContext() {
    return {config_.plugins.directory, log_, registry_, clock_, kVersion, config_.trusted_owners};
}

void GatewayParts::openProviders() {
    for (const config::PluginSection& section : config_.providers) {
        if (!section.enabled) continue;
        auto plugin = plugin::ProviderPlugin::open(section, pluginContext());
        plugin->start();
        providers_.add(std::make_unique<provider::Provider>(std::move(plugin)));
    }
}

std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>>
GatewayParts::openBackends() {
    std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>> opened;
    for (const config::PluginSection& section : config_.backends) {
        if (!section.enabled) continue;
        auto plugin = plugin::BackendPlugin::open(section, pluginContext());
        plugin->start();
        opened.emplace_back(std::move(plugin), section.pool_threads);
    }
    return opened;
}

void GatewayParts::openDispatcher() {
    engine::LoopOptions loop;
    loop.heartbeats = &heartbeats_;
    loop.log = &log_;
    loop_ = std::make_unique<engine::Loop>(clock_, loop);
    // A file that is half-written at the first connection leaves these in use.
    if (const std::string& ca_file = config_.egress.ca_file; !ca_file.empty())
        loop_->runAndWait([&] { util::succeeds([&] { loop_->trust().get(ca_file); }); });
    pools_ = std::make_unique<dispatch::PoolOpener>(*loop_, log_, connectionSettings(config_));
    networks_ = std::make_unique<dispatch::ProviderNetworks>(providers_, *pools_);
    dispatcher_ = std::make_unique<dispatch::Dispatcher>(dispatch::Surroundings{
        *loop_, store_->events(), store_->credentials(), store_->directory(), *networks_,
        pools_->opener(), registry_, log_, dispatchSettings(config_),
        [this](const store::Registration& r) { return lifeClock(r); },
        [this](store::Id registration, util::WallTime now, std::string_view outcome) {
            store_->seen().pushed(registration, now, outcome);
        },
        [this](const store::MailboxState& m, util::RealTime since, managed::CountDone done) {
            managed_->count(m.instance, m.id, since, std::move(done));
        }});
}

registry::LifeClock GatewayParts::lifeClock(const store::Registration& registration) const {
    return backends_->lifeClock(registration.subscription.instance);
}

void GatewayParts::startSending() {
    store_->events().setPendingSink(dispatcher_.get());
    tellSecretsMissing();
    backends_->noteListenerUp();
    announceOutage();
    dispatcher_->start();
}

void GatewayParts::tellSecretsMissing() {
    for (const store::TenantCallback& callback : store_->directory().listTenantCallbacks())
        if (!callback.has_secret && backends_->tenantCallbacks(callback.instance) ==
                                        backend::TenantCallbacks::ServedWithSecret)
            log_.warning("a tenant's callback has no secret, and its backend needs one now",
                         {{"backend", callback.instance}, {"callback", callback.id}});
}

void GatewayParts::announceOutage() {
    for (const backend::BackendHost::Outage& outage : backends_->outages())
        log_.warning(
            "the gateway was away for longer than mail servers try again: apps are asked to "
            "subscribe anew",
            {{"backend", outage.instance},
             {"away_s", std::chrono::floor<std::chrono::seconds>(outage.away).count()},
             {"registrations",
              store_->registrations().countUnheard(outage.instance, outage.until)}});
}

void GatewayParts::finish(Stage& stage) {
    operations_.requestStop();
    stage.set("stopping the backends");
    backends_->stop();
    stage.set("finishing the pushes in flight");
    dispatcher_->drain(kDrainPatience);
    stage.set("ending the admins' operations");
    operations_.awaitEnd();
}

void GatewayParts::close(Stage& stage) {
    closed_ = true;
    stage.set("flushing the store");
    store_->flush();
    // Devices and mail servers were answered, and no push leaves.
    stage.set("stopping the managed backends");
    managed_->stop();
    store_->events().setPendingSink(nullptr);
    stage.set("stopping the engine");
    dispatcher_.reset();
    loop_->stop();
}

}  // namespace postbell::app
