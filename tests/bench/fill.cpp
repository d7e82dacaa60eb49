// SPDX-License-Identifier: Apache-2.0
// Fills a database with registrations that have reported their subscription, through the Store's
// own operations. Their secrets follow from their numbers, so that a load generator knows them.
#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sqlite/sqlite_place.h"
#include "util/crypto.h"

namespace {

using namespace postbell;

// Registrations are blocking writes: many threads make large groups of them.
constexpr unsigned kThreads = 256;
constexpr const char* kFolder = "AQMkInbox=";

std::string named(const char* what, std::uint64_t number) {
    char text[64];
    std::snprintf(text, sizeof text, "bench-%s-%010llu", what,
                  static_cast<unsigned long long>(number));
    return text;
}

/// What a push network and a mail server make different.
struct Kind {
    std::string instance = "ews";  ///< of the backend that the subscription was reported for
    std::string token_prefix = std::string(54, '0');  ///< ten digits follow
    store::Environment environment = store::Environment::Production;
};

class Filler {
  public:
    Filler(store::Registrations& registrations, const store::Tenant& tenant, const store::App& app,
           Kind kind, util::WallTime now)
        : registrations_(registrations),
          tenant_(tenant),
          app_(app),
          kind_(std::move(kind)),
          now_(now) {}

    void add(std::uint64_t number) {
        char digits[11];
        std::snprintf(digits, sizeof digits, "%010llu", static_cast<unsigned long long>(number));
        store::NewRegistration r;
        r.app = app_.id;
        r.token = kind_.token_prefix + digits;
        r.token_key = util::hmacSha256(tenant_.hash_key, "token:" + r.token);
        r.environment = kind_.environment;
        r.account_key = util::hmacSha256(tenant_.hash_key, named("account", number));
        r.device_key = util::hmacSha256(tenant_.hash_key, named("device", number));
        r.os_version = "17.5.1";
        r.app_version = "3.2.0";
        r.public_id = named("registration", number);
        r.secret_hash = util::sha256(named("secret", number));
        r.callback_hash = util::sha256(named("callback", number));
        r.proof_hash = util::sha256(named("proof", number));
        r.now = now_;
        registrations_.registerDevice(r);
        store::Report report;
        report.instance = kind_.instance;
        report.id_hash = util::sha256(named("subscription", number));
        report.folder_hash = util::sha256(kFolder);
        report.now = now_;
        registrations_.report(r.public_id, report);
    }

  private:
    store::Registrations& registrations_;
    const store::Tenant tenant_;
    const store::App app_;
    const Kind kind_;
    const util::WallTime now_;
};

void fill(Filler& filler, std::uint64_t first, std::uint64_t count) {
    std::atomic<std::uint64_t> next{first};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            for (std::uint64_t n = next++; n < first + count; n = next++) filler.add(n);
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
    std::string database, master_key, tenant_name = "bench", app_name = "com.example.mail";
    std::uint64_t first = 0, count = 1000;
    Kind kind;
    bool no_environment = false;
    CLI::App command("Fills a database with registrations");
    command.add_option("--database", database)->required();
    command.add_option("--master-key", master_key)->required();
    command.add_option("--tenant", tenant_name);
    command.add_option("--app", app_name);
    command.add_option("--first", first);
    command.add_option("--count", count);
    command.add_option("--instance", kind.instance, "the backend's");
    command.add_option("--token-prefix", kind.token_prefix, "of device tokens; ten digits follow");
    command.add_flag("--no-environment", no_environment, "as FCM has it");
    CLI11_PARSE(command, argc, argv);
    if (no_environment) kind.environment = store::Environment::None;
    try {
        const util::SystemClock clock;
        log::Log log({});
        const auto permit = sqlite::sqlitePlace("sqlite://" + database).value()->tryTake();
        if (permit == nullptr) throw std::runtime_error("a gateway holds " + database);
        const auto store =
            permit->open({store::Sealer(store::MasterKey::read(master_key)), clock, log});
        const auto tenant = store->directory().findTenant(tenant_name);
        const auto app = tenant ? store->directory().findApp(tenant->id, app_name) : std::nullopt;
        if (!app) throw std::runtime_error("there is no such tenant or app");
        Filler filler(store->registrations(), *tenant, *app, kind, clock.wall());
        const auto start = std::chrono::steady_clock::now();
        fill(filler, first, count);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        std::printf("{\"registrations\": %llu, \"seconds\": %.2f}\n",
                    static_cast<unsigned long long>(count), taken.count());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_fill: %s\n", error.what());
        return 1;
    }
    return 0;
}
