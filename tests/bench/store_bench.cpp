// SPDX-License-Identifier: Apache-2.0
// What an event costs the store: bench_store DIRECTORY REGISTRATIONS [SHARED_PERCENT]. Each event
// is looked up, staged, and settled once it is durable; groups are what the writer makes of that.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "sqlite/sqlite_place.h"
#include "util/crypto.h"

using namespace postbell;
using namespace postbell::store;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kMaxInFlight = 1024;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string callbackOf(std::int64_t number) {
    return util::sha256("callback " + std::to_string(number));
}

double residentMiB() {
    std::ifstream status("/proc/self/statm");
    double pages = 0, resident = 0;
    status >> pages >> resident;
    return resident * 4096 / 1048576;
}

void registerOne(Store& store, Id app, std::int64_t number, std::int64_t device) {
    NewRegistration r;
    r.app = app;
    r.token = util::sha256("token " + std::to_string(device));
    r.token_key = util::sha256(r.token);
    r.environment = Environment::Production;
    r.account_key = util::sha256("account " + std::to_string(number));
    r.device_key = util::sha256("device " + std::to_string(device));
    r.os_version = "17.5.1";
    r.app_version = "3.2.0";
    r.public_id = util::randomId();
    r.secret_hash = util::sha256(r.public_id);
    r.callback_hash = callbackOf(number);
    r.proof_hash = util::sha256("proof" + r.public_id);
    r.now = util::fromMs(1);
    store.registrations().registerDevice(r);
}

/// Registrations are blocking writes; many threads make groups of them.
void fill(Store& store, std::int64_t registrations, std::int64_t shared_percent) {
    App app;
    app.tenant = store.directory().addTenant("bench").value().id;
    app.name = "com.example.mail";
    app.platform = "ios";
    const Id id = store.directory().addApp(app, util::sha256("key")).value().id;
    std::atomic<std::int64_t> next{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&] {
            for (std::int64_t n = next++; n < registrations; n = next++) {
                const bool shared = n % 100 < shared_percent;
                registerOne(store, id, n, shared ? n / 2 * 2 : n);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

class Load {
  public:
    Load(Store& store, std::int64_t registrations) : store_(store), pick_(0, registrations - 1) {}

    void run(double seconds) {
        const Clock::time_point start = Clock::now();
        double lookup = 0;
        while (secondsSince(start) < seconds) {
            waitForRoom();
            const Clock::time_point before = Clock::now();
            const std::optional<Callback> callback =
                store_.events().findCallback(callbackOf(pick_(random_)));
            lookup += secondsSince(before);
            if (!callback) continue;
            stage(std::get<RegistrationCallback>(callback->of).recipient);
        }
        store_.flush();
        const double elapsed = secondsSince(start);
        const StoreStats stats = store_.stats();
        std::printf(
            "%.0f events/s, %.2f us an event, of which %.2f us looking up; %.0f operations a "
            "commit; %.0f MiB resident\n",
            static_cast<double>(events_) / elapsed, elapsed * 1e6 / static_cast<double>(events_),
            lookup * 1e6 / static_cast<double>(events_),
            static_cast<double>(stats.operations) / static_cast<double>(stats.commits),
            residentMiB());
    }
    /// Without looking up, the writer alone: settled in the next group.
    void runWriter(std::vector<Recipient> known, double seconds) {
        events_ = 0;
        const Clock::time_point start = Clock::now();
        while (secondsSince(start) < seconds) {
            waitForRoom();
            stage(known[static_cast<std::size_t>(random_()) % known.size()]);
        }
        store_.flush();
        const double elapsed = secondsSince(start);
        std::printf("writer alone: %.0f events/s, %.2f us an event (event and outcome)\n",
                    static_cast<double>(events_) / elapsed,
                    elapsed * 1e6 / static_cast<double>(events_));
    }

  private:
    class Sink final : public PendingSink {
      public:
        explicit Sink(Store& store) : store_(store) { store_.events().setPendingSink(this); }
        ~Sink() override { store_.events().setPendingSink(nullptr); }
        void committed(std::span<const Pending> rows, std::span<const Settlement>) override {
            std::vector<Settlement> settlements;
            for (const Pending& row : rows) {
                Settlement& s = settlements.emplace_back();
                s.registration = row.registration;
                s.device = row.device;
                s.outcome = Delivered{row.generation, row.count, true, {}};
            }
            if (!settlements.empty()) store_.events().settle(std::move(settlements));
        }

      private:
        Store& store_;
    };

    void waitForRoom() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return in_flight_ < kMaxInFlight; });
        ++in_flight_;
    }
    void stage(const Recipient& registration) {
        StagedEvent event;
        event.registration = registration.id;
        event.device = registration.device;
        event.app = registration.app->id;
        event.kind = StagedEvent::Kind::NewMail;
        event.count = 3;
        event.received = util::fromMs(5);
        Batch batch;
        batch.events.push_back(std::move(event));
        batch.done = [this](CommitEnd) {
            const std::lock_guard lock(mutex_);
            if (in_flight_-- == kMaxInFlight) changed_.notify_one();
        };
        store_.events().stage(std::move(batch));
        ++events_;
    }

    Store& store_;
    Sink sink_{store_};
    std::mt19937_64 random_{1};
    std::uniform_int_distribution<std::int64_t> pick_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::int64_t in_flight_ = 0;
    std::int64_t events_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "bench_store DIRECTORY REGISTRATIONS [SHARED_PERCENT]\n");
        return 2;
    }
    const std::int64_t registrations = std::atoll(argv[2]);
    const std::int64_t shared_percent = argc > 3 ? std::atoll(argv[3]) : 0;
    util::SystemClock clock;
    log::Log log({});
    const std::filesystem::path file =
        std::filesystem::absolute(argv[1]) /
        ("bench-" + std::to_string(registrations) + "-" + std::to_string(shared_percent) + ".db");
    const bool is_new = !std::filesystem::exists(file);
    const Clock::time_point opening = Clock::now();
    const auto opened =
        sqlite::sqlitePlace("sqlite://" + file.string())
            .value()
            ->tryTake()
            ->open(
                {Sealer(MasterKey::parse("3TPgUaKeIwxrgi0+M+ql3tMaxZAUfs7jSPcZpucTuPs=", "bench")),
                 clock, log});
    Store& store = *opened;
    std::printf("opened in %.3f s\n", secondsSince(opening));
    if (is_new) {
        const Clock::time_point filling = Clock::now();
        fill(store, registrations, shared_percent);
        std::printf("%lld registrations in %.1f s\n", static_cast<long long>(registrations),
                    secondsSince(filling));
    }
    const Clock::time_point counting = Clock::now();
    const std::int64_t stored = store.registrations().countRegistrations();
    std::printf("%lld registrations counted in %.3f s\n", static_cast<long long>(stored),
                secondsSince(counting));
    Load load(store, registrations);
    std::vector<Recipient> known;
    for (std::int64_t n = 0; n < registrations;
         n += std::max<std::int64_t>(1, registrations / 10'000)) {
        known.push_back(
            std::get<RegistrationCallback>(store.events().findCallback(callbackOf(n)).value().of)
                .recipient);
    }
    load.run(5);
    load.runWriter(std::move(known), 5);
}
