// SPDX-License-Identifier: Apache-2.0
#include "app/gateway.h"

#include <nlohmann/json.hpp>

#include "admin/admin_token.h"
#include "app/gateway_metrics.h"
#include "app/part_settings.h"
#include "app/version.h"
#include "plugin/plugin_info.h"

namespace postbell::app {
namespace {

constexpr unsigned kRegistrationThreads = 16;
constexpr std::size_t kRegistrationQueue = 2'000;
constexpr unsigned kAdminThreads = 2;
constexpr std::size_t kAdminQueue = 100;
constexpr std::size_t kMetricsQueue = 16;
constexpr util::Milliseconds kDrainPatience{10'000};

}  // namespace

Gateway::Gateway(const config::Config& config, StorePermit permit, log::Log& log)
    : config_(config),
      log_(log),
      clock_(config.gateway.clock_speed, databaseFile(config)),
      operations_(clock_, log),
      certificates_(config, log) {
    // Plugins first: a section that one of them refuses leaves no database behind.
    openProviders();
    auto backends = openBackends();
    store_ = std::move(permit).open(config, clock_, log, heartbeats_);
    backends_ = std::make_unique<backend::BackendHost>(
        backend::BackendHost::Parts{store_->events(), store_->registrations(), store_->seen(),
                                    clock_, log},
        registry_);
    backends_->awaySince(store_->lastAlive());
    for (auto& [plugin, pool_threads] : backends) backends_->add(std::move(plugin), pool_threads);
    managed_ = std::make_unique<managed::ManagedHost>(managed::ManagedHost::Parts{
        store_->mailboxes(), clock_, registry_, log, config.mailbox.public_url,
        managedHttpSettings(config), &heartbeats_, kRegistrationThreads / 4});
    for (plugin::BackendPlugin* plugin : backends_->plugins())
        if (plugin->managed() != nullptr) managed_->add(*plugin);
    backends_->onMailboxChange([this] { managed_->wake(); });
    engine::LoopOptions loop;
    loop.heartbeats = &heartbeats_;
    loop.log = &log;
    loop_ = std::make_unique<engine::Loop>(clock_, loop);
    pools_ = std::make_unique<dispatch::PoolOpener>(*loop_, log, connectionSettings(config));
    networks_ = std::make_unique<dispatch::ProviderNetworks>(providers_, *pools_);
    dispatcher_ = std::make_unique<dispatch::Dispatcher>(dispatch::Surroundings{
        *loop_, store_->events(), store_->credentials(), store_->directory(), *networks_,
        pools_->opener(), registry_, log, dispatchSettings(config),
        [this](const store::Registration& r) { return lifeClock(r); },
        [this](store::Id registration, util::WallTime now, std::string_view outcome) {
            store_->seen().pushed(registration, now, outcome);
        },
        [this](const store::MailboxState& m, util::RealTime since, managed::CountDone done) {
            managed_->count(m.instance, m.id, since, std::move(done));
        }});
    admin_service_ = std::make_unique<admin::AdminService>(admin::AdminService::Parts{
        store_->directory(), store_->registrations(), store_->credentials(), store_->events(),
        store_->seen(), *backends_, providers_, *dispatcher_, clock_, log,
        config.mailbox.public_url,
        [directory = config.plugins.directory] { return plugin::listPlugins(directory); },
        [this](const std::string& file, const std::stop_token& stop) {
            store_->backup(file, stop);
        },
        operations_});
}

Gateway::~Gateway() {
    stop();
}

plugin::PluginContext Gateway::pluginContext() {
    return {config_.plugins.directory, log_, registry_, clock_, kVersion};
}

void Gateway::openProviders() {
    for (const config::PluginSection& section : config_.providers) {
        if (!section.enabled) continue;
        auto plugin = plugin::ProviderPlugin::open(section, pluginContext());
        plugin->start();
        providers_.add(std::make_unique<provider::Provider>(std::move(plugin)));
    }
}

std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>> Gateway::openBackends() {
    std::vector<std::pair<std::unique_ptr<plugin::BackendPlugin>, unsigned>> opened;
    for (const config::PluginSection& section : config_.backends) {
        if (!section.enabled) continue;
        auto plugin = plugin::BackendPlugin::open(section, pluginContext());
        plugin->start();
        opened.emplace_back(std::move(plugin), section.pool_threads);
    }
    return opened;
}

registry::LifeClock Gateway::lifeClock(const store::Registration& registration) const {
    return backends_->lifeClock(registration.subscription.instance);
}

/// The answers about the gateway's health wait for no call.
net::Handler Gateway::adminHandler(const std::string& who) {
    const auto answer = [this, who](const net::Request& request) {
        return admin_api_->answer(request, who);
    };
    return [this, calls = onWorkers(*admin_workers_, log_, answer),
            metrics = onWorkers(*metrics_workers_, log_, answer)](net::Request&& request,
                                                                  net::Responder&& responder) {
        if (admin_api_->answerHealth(request, responder)) return;
        const net::Handler& handler = request.path == "/metrics" ? metrics : calls;
        handler(std::move(request), std::move(responder));
    };
}

void Gateway::openListeners() {
    registration_workers_ = std::make_unique<util::WorkerPool>(
        kRegistrationThreads, kRegistrationQueue, "reg-call", &heartbeats_);
    admin_workers_ =
        std::make_unique<util::WorkerPool>(kAdminThreads, kAdminQueue, "admin-call", &heartbeats_);
    // One at a time: scrapes are rare, and each looks at everything.
    metrics_workers_ = std::make_unique<util::WorkerPool>(1, kMetricsQueue, "metrics");
    mailbox_listener_ = std::make_unique<Listener>(
        config_.mailbox,
        [this](net::Request&& request, net::Responder&& responder) {
            backends_->handle(std::move(request), std::move(responder));
        },
        heartbeats_, log_);
    registration_listener_ = std::make_unique<Listener>(
        config_.registration,
        onWorkers(
            *registration_workers_, log_,
            [this](const net::Request& request) { return registration_api_->answer(request); }),
        heartbeats_, log_);
    admin_listener_ =
        std::make_unique<Listener>(config_.admin, adminHandler("admin API"), heartbeats_, log_);
    openCommandListener();
    metrics_ = std::make_shared<GatewayMetrics>(
        *store_, *dispatcher_, *backends_, census_, certificates_, log_, heartbeats_,
        std::vector<std::pair<std::string, const net::HttpServer*>>{
            {"mailbox", &mailbox_listener_->server()},
            {"registration", &registration_listener_->server()},
            {"admin", &admin_listener_->server()}});
    admin_api_->alsoCollect(metrics_);
}

/// Pushes go on without it.
void Gateway::openCommandListener() {
    try {
        command_listener_ =
            std::make_unique<CommandListener>(config_, adminHandler("command"), heartbeats_, log_);
    } catch (const std::exception& e) {
        log_.error("commands do not reach this gateway; the admin API does",
                   {{"reason", e.what()}});
    }
}

void Gateway::tellSecretsMissing() {
    for (const store::TenantCallback& callback : store_->directory().listTenantCallbacks())
        if (!callback.has_secret && backends_->tenantCallbacks(callback.instance) ==
                                        backend::TenantCallbacks::ServedWithSecret)
            log_.warning("a tenant's callback has no secret, and its backend needs one now",
                         {{"backend", callback.instance}, {"callback", callback.id}});
}

void Gateway::serve(const ServiceManager& manager) {
    registration_api_ = std::make_unique<api::RegistrationApi>(
        api::Parts{store_->registrations(), store_->directory(), store_->seen(), *backends_,
                   providers_, *managed_, clock_, log_},
        registry_, registrationSettings(config_));
    admin_token_ = admin::readOrMakeToken(config_.admin.token_file);
    admin_api_ = std::make_unique<admin::AdminApi>(
        [this](const std::string& name, const nlohmann::json& arguments, const std::string& who,
               const admin::Finish& finish) {
            return admin_service_->call(name, arguments, who, finish);
        },
        operations_, registry_,
        [this](admin::AdminApi::ReadinessDone done) { readiness_->ask(std::move(done)); }, log_,
        admin::AdminApi::Settings{admin_token_, config_.admin.loopback});
    readiness_ = std::make_unique<Readiness>(*store_, heartbeats_);
    openListeners();
    certificates_.look(clock_.wall());

    store_->events().setPendingSink(dispatcher_.get());
    tellSecretsMissing();
    backends_->listenerIsUp();
    announceOutage();
    dispatcher_->start();
    mailbox_listener_->start();
    registration_listener_->start();
    admin_listener_->start();
    if (command_listener_) command_listener_->start();
    managed_->start();
    maintenance_ = std::make_unique<Maintenance>(
        *store_, [this](const store::Registration& r) { return lifeClock(r); }, census_,
        std::chrono::hours(config_.registration.forget_waiting_after_hours), certificates_, clock_,
        log_, heartbeats_);
    watchdog_ = std::make_unique<Watchdog>(heartbeats_, manager, log_);
    serving_ = true;
    log_.info("ready", {{"version", kVersion}, {"region", config_.gateway.region}});
}

void Gateway::announceOutage() {
    for (const backend::BackendHost::Outage& outage : backends_->outages())
        log_.warning(
            "the gateway was away for longer than mail servers try again: apps are asked to "
            "subscribe anew",
            {{"backend", outage.instance},
             {"away_s", std::chrono::floor<std::chrono::seconds>(outage.away).count()},
             {"registrations",
              store_->registrations().countUnheard(outage.instance, outage.until)}});
}

void Gateway::restoreAdminToken() {
    try {
        if (admin::restoreToken(config_.admin.token_file, admin_token_))
            log_.info("the admin token's file was gone, and is written again",
                      {{"file", config_.admin.token_file}});
    } catch (const std::exception& e) {
        log_.error("commands have no admin token", {{"reason", e.what()}});
    }
}

void Gateway::reload() {
    log_.reopen();
    restoreAdminToken();
    bool all = true;
    for (Listener* listener :
         {mailbox_listener_.get(), registration_listener_.get(), admin_listener_.get()})
        all = listener->reloadTls() && all;
    certificates_.look(clock_.wall());
    log_.info(all ? "reloaded: log file and TLS certificates"
                  : "reloaded: log file, and the TLS certificates that can be used");
}

void Gateway::stop(Stage* stage) {
    const auto now = [stage](const char* part) {
        if (stage != nullptr) stage->set(part);
    };
    if (serving_) log_.info("stopping");
    serving_ = false;
    operations_.requestStop();  // those who poll them hear so while the rest is stopped
    now("stopping maintenance");
    maintenance_.reset();
    now("stopping the mailbox listener");
    if (mailbox_listener_) mailbox_listener_->stop();
    now("stopping the registration listener");
    if (registration_listener_) registration_listener_->stop();
    if (registration_workers_) registration_workers_->stop();
    now("stopping the backends");
    if (backends_) backends_->stop();
    now("finishing the pushes in flight");
    if (dispatcher_) dispatcher_->drain(kDrainPatience);
    now("ending the admins' operations");
    operations_.awaitEnd();
    now("stopping the admin listener");
    if (admin_listener_) admin_listener_->stop();
    if (command_listener_) command_listener_->stop();
    if (admin_workers_) admin_workers_->stop();
    command_listener_.reset();
    if (metrics_workers_) metrics_workers_->stop();
    if (metrics_) metrics_->stop();
    readiness_.reset();
    if (store_) {
        now("flushing the store");
        store_->flush();
        // No caller is left: devices and mail servers were answered, and no push leaves.
        now("stopping the managed backends");
        if (managed_) managed_->stop();
        store_->events().setPendingSink(nullptr);
    }
    now("stopping the engine");
    dispatcher_.reset();
    if (loop_) loop_->stop();
    watchdog_.reset();
    now("closing the store");
}

}  // namespace postbell::app
