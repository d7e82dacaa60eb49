// SPDX-License-Identifier: Apache-2.0
#include "app/gateway.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "admin/admin_token.h"
#include "app/gateway_metrics.h"
#include "app/gateway_state.h"
#include "app/part_settings.h"
#include "app/version.h"
#include "web/problem.h"

namespace postbell::app {
namespace {

constexpr std::size_t kRegistrationQueue = 2'000;
constexpr unsigned kAdminThreads = 2;
constexpr std::size_t kAdminQueue = 100;
constexpr const char* kStarting =
    "the gateway is starting: it reads the pushes that wait. Try again in a moment";

net::Response notBegun(const std::string& problem) {
    return web::problemResponse(503, problem + ". The call was not begun");
}

net::Response begun(const std::string& problem) {
    return web::problemResponse(503, problem +
                                         ". A change that the call makes may be made then: "
                                         "`postbell audit list` shows it");
}

net::Response notReady(const std::string& problem) {
    net::Response response;
    response.status = 503;
    response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
    response.body = problem + "\n";
    return response;
}

}  // namespace

Gateway::Gateway(const config::Config& config, StorePermit permit, log::Log& log)
    : config_(config),
      log_(log),
      parts_(config, std::move(permit), log,
             [this] { return gatewayState(certificates_, parts_.store(), parts_.dispatcher()); }),
      store_watch_([&store = parts_.store()] { return store.silentSince(); },
                   storePlace(config)->name(), log),
      certificates_(config.egress, log),
      roots_(config.egress, log) {}

Gateway::~Gateway() {
    Stage unseen("stopping");
    stop(unseen);
}

bool Gateway::answerHealth(const net::Request& request, net::Responder& responder) {
    if (request.path == "/readyz") responder = store_watch_.watched(std::move(responder), notReady);
    return admin_api_->answerHealth(request, responder);
}

/// The answers about the gateway's health wait for no call, and no call waits for a database that
/// hangs. Whoever reaches the admin port crowds its calls alone: commands have a queue of their
/// own.
net::Handler Gateway::adminHandler(util::WorkerPool& workers, const std::string& who) {
    const auto answer = [this, who](const net::Request& request) {
        return admin_api_->answer(request, who);
    };
    return [this, calls = onWorkers(workers, log_, answer)](net::Request&& request,
                                                            net::Responder&& responder) {
        if (answerHealth(request, responder)) return;
        if (request.path == "/metrics" && admin_api_->hostIsAllowed(request))
            return scrapes_->answer(std::move(responder));
        if (const std::string problem = store_watch_.problem(); !problem.empty())
            return responder.send(notBegun(problem));
        calls(std::move(request), store_watch_.watched(std::move(responder), begun));
    };
}

void Gateway::openListeners() {
    registration_workers_ = std::make_unique<util::WorkerPool>(
        kRegistrationThreads, kRegistrationQueue, "reg-call", &parts_.heartbeats());
    admin_workers_ = std::make_unique<util::WorkerPool>(kAdminThreads, kAdminQueue, "admin-call",
                                                        &parts_.heartbeats());
    command_workers_ = std::make_unique<util::WorkerPool>(kAdminThreads, kAdminQueue,
                                                          "command-call", &parts_.heartbeats());
    // One collection at a time, and at most one for the scrapes that come meanwhile.
    metrics_workers_ = std::make_unique<util::WorkerPool>(1, 1, "metrics");
    scrapes_ = std::make_unique<Scrapes>(
        *metrics_workers_, [this] { return admin_api_->metrics(); }, log_);
    mailbox_listener_ = std::make_unique<Listener>(
        config_.mailbox,
        [this](net::Request&& request, net::Responder&& responder) {
            parts_.backends().handle(std::move(request), std::move(responder));
        },
        parts_.heartbeats(), log_);
    registration_listener_ = std::make_unique<Listener>(
        config_.registration,
        onWorkers(
            *registration_workers_, log_,
            [this](const net::Request& request) { return registration_api_->answer(request); }),
        parts_.heartbeats(), log_);
    admin_listener_ = std::make_unique<Listener>(
        config_.admin, adminHandler(*admin_workers_, "admin API"), parts_.heartbeats(), log_);
    for (Listener* listener :
         {mailbox_listener_.get(), registration_listener_.get(), admin_listener_.get()})
        certificates_.add(*listener);
    openCommandListener();
    metrics_ = std::make_shared<GatewayMetrics>(
        parts_.store(), store_watch_, parts_.dispatcher(), parts_.backends(), census_,
        certificates_, log_, parts_.heartbeats(),
        std::vector<std::pair<std::string, const net::HttpServer*>>{
            {"mailbox", &mailbox_listener_->server()},
            {"registration", &registration_listener_->server()},
            {"admin", &admin_listener_->server()}});
    admin_api_->alsoCollect(metrics_);
}

/// Pushes go on without it.
void Gateway::openCommandListener() {
    try {
        command_listener_ = std::make_unique<CommandListener>(
            config_, adminHandler(*command_workers_, "command"), parts_.heartbeats(), log_);
    } catch (const std::exception& e) {
        log_.error("commands do not reach this gateway; the admin API does",
                   {{"reason", e.what()}});
    }
}

void Gateway::serve(const ServiceManager& manager) {
    store::Store& store = parts_.store();
    registration_api_ = std::make_unique<api::RegistrationApi>(
        api::Parts{store.registrations(), store.directory(), store.seen(), parts_.backends(),
                   parts_.providers(), parts_.managed(), parts_.clock(), log_},
        parts_.registry(), registrationSettings(config_));
    admin_token_ = admin::readOrMakeToken(config_.admin.token_file, config_.trusted_owners);
    refused_calls_ = std::make_unique<admin::RefusedCalls>(
        [&store](const std::string& who, const std::string& what, util::WallTime now) {
            store.directory().audit(who, what, now);
        },
        parts_.clock(), log_);
    admin_api_ = std::make_unique<admin::AdminApi>(
        [this](const std::string& name, const nlohmann::json& arguments, const std::string& who,
               const admin::Finish& finish) {
            if (!started_) throw web::Problem(503, kStarting);
            return parts_.adminService().call(name, arguments, who, finish);
        },
        *refused_calls_, parts_.operations(), parts_.registry(),
        [this](admin::AdminApi::ReadinessDone done) {
            if (!started_) return done(kStarting);
            readiness_->ask(std::move(done));
        },
        admin::AdminApi::Settings{admin_token_, config_.admin.loopback});
    readiness_ = std::make_unique<Readiness>(store, store_watch_, parts_.heartbeats());
    openListeners();
    followFiles();

    // A million pushes that wait are minutes: commands hear so meanwhile.
    if (command_listener_) command_listener_->start();
    parts_.startSending();
    mailbox_listener_->start();
    registration_listener_->start();
    started_ = true;
    admin_listener_->start();
    parts_.managed().start();
    maintenance_ = std::make_unique<Maintenance>(
        store, [this](const store::Registration& r) { return parts_.lifeClock(r); }, census_,
        std::chrono::hours(config_.registration.forget_waiting_after_hours),
        [this] { followFiles(); }, parts_.clock(), log_, parts_.heartbeats());
    watchdog_ = std::make_unique<Watchdog>(parts_.heartbeats(), manager, log_);
    serving_ = true;
    log_.info("ready", {{"version", kVersion}, {"region", config_.gateway.region}});
}

void Gateway::followFiles() {
    certificates_.look(parts_.clock().wall());
    roots_.look();
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
    const bool certificates = certificates_.reload(parts_.clock().wall());
    const bool roots = roots_.reload();
    log_.info(certificates && roots ? "reloaded: log file, trusted roots and TLS certificates"
                                    : "reloaded: log file, and those TLS files that can be used");
}

void Gateway::stop(Stage& stage) {
    if (std::exchange(stopped_, true)) return;
    if (serving_) log_.info("stopping");
    parts_.operations().requestStop();  // clients that poll them hear so while the rest is stopped
    stage.set("stopping maintenance");
    maintenance_.reset();
    stage.set("stopping the mailbox listener");
    if (mailbox_listener_) mailbox_listener_->stop();
    stage.set("stopping the registration listener");
    if (registration_listener_) registration_listener_->stop();
    if (registration_workers_) registration_workers_->stop();
    parts_.finish(stage);
    stage.set("stopping the admin listener");
    if (admin_listener_) admin_listener_->stop();
    if (command_listener_) command_listener_->stop();
    if (admin_workers_) admin_workers_->stop();
    if (command_workers_) command_workers_->stop();
    command_listener_.reset();
    if (metrics_workers_) metrics_workers_->stop();
    if (metrics_) metrics_->stop();
    readiness_.reset();
    parts_.close(stage);
    watchdog_.reset();
    stage.set("closing the store");
}

}  // namespace postbell::app
