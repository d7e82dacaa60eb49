// SPDX-License-Identifier: Apache-2.0
// Any body of a device's call, against the real API, store and plugins. The first byte picks the
// call; the caller is authorized, since the body is only looked at then.
#include <prometheus/registry.h>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/registration_api.h"
#include "managed/managed_host.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "sqlite/sqlite_place.h"
#include "util/crypto.h"

using namespace postbell;
using nlohmann::json;

namespace {

constexpr std::string_view kEnrolmentKey = "enrolment";
constexpr const char* kGood = R"({"app": "com.example.mail",
    "device_token": "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad",
    "environment": "production",
    "account_hash": "5f0ad0a2c5c1a4a3be1bd3ac2ad8df1a0ed4a6ccd1aa0b1f2d1a4ac3b3a6f0de",
    "device_hash": "0f0ad0a2c5c1a4a3be1bd3ac2ad8df1a0ed4a6ccd1aa0b1f2d1a4ac3b3a6f0de"})";

void require(bool holds) {
    if (!holds) std::abort();
}

/// In memory where there is such a file system: commits cost nothing there.
std::filesystem::path makeDirectory() {
    const std::filesystem::path memory = "/dev/shm";
    std::string name =
        ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
         "postbell-fuzz-XXXXXX")
            .string();
    require(::mkdtemp(name.data()) != nullptr);
    return name;
}

config::PluginSection section(config::PluginKind kind, const std::string& plugin) {
    config::PluginSection made;
    made.kind = kind;
    made.instance = made.plugin = plugin;
    made.enabled = true;
    return made;
}

/// A gateway as far as devices see it, with one app and one registration.
class Bench {
  public:
    Bench() {
        backends_.add(
            plugin::BackendPlugin::open(section(config::PluginKind::Backend, "ews"), context_), 1);
        providers_.add(std::make_unique<provider::Provider>(
            plugin::ProviderPlugin::open(section(config::PluginKind::Provider, "apns"), context_)));
        store::App app;
        app.tenant = store_.directory().addTenant("tenant").value().id;
        app.name = "com.example.mail";
        app.platform = "ios";
        store_.directory().addApp(app, util::sha256(kEnrolmentKey));
        api_ = std::make_unique<api::RegistrationApi>(
            api::Parts{store_.registrations(), store_.directory(), seen_, backends_, providers_,
                       managed_, clock_, log_},
            registry_, api::RegistrationSettings{});
        const net::Response answer = call("POST", "", kEnrolmentKey, kGood);
        require(answer.status == 201);
        known_ = json::parse(answer.body);
    }
    ~Bench() { std::filesystem::remove_all(directory_); }

    net::Response call(const char* method, const std::string& path, std::string_view secret,
                       std::string_view body) {
        net::Request request;
        request.method = method;
        request.path = "/v1/registrations" + path;
        request.headers = {{"authorization", "Bearer " + std::string(secret)},
                           {"content-type", "application/json"}};
        request.body = body;
        request.peer = "192.0.2.1";
        return api_->answer(request);
    }
    std::string id() const { return "/" + known_["registration_id"].get<std::string>(); }
    std::string secret() const { return known_["secret"]; }

    /// What a body of the fuzzer's registered goes again, unless it renewed ours.
    void forget(const net::Response& registered) {
        const json answer = json::parse(registered.body);
        const std::string id = "/" + answer["registration_id"].get<std::string>();
        if (id == this->id())
            known_ = answer;
        else
            require(call("DELETE", id, answer["secret"].get<std::string>(), "").status == 204);
    }

  private:
    const std::filesystem::path directory_ = makeDirectory();
    util::SystemClock clock_;
    log::Log log_{{log::Level::Error, log::Format::Text, (directory_ / "log").string()}};
    prometheus::Registry registry_;
    const std::unique_ptr<store::Store> opened_ =
        sqlite::sqlitePlace("sqlite://" + (directory_ / "postbell.db").string())
            .value()
            ->tryTake()
            ->open({store::Sealer(store::MasterKey::parse(
                        "3TPgUaKeIwxrgi0+M+ql3tMaxZAUfs7jSPcZpucTuPs=", "the fuzzer")),
                    clock_, log_});
    store::Store& store_ = *opened_;
    store::SeenLedger& seen_ = store_.seen();
    backend::BackendHost backends_{{store_.events(), store_.registrations(), seen_, clock_, log_},
                                   registry_};
    provider::ProviderHost providers_;
    managed::ManagedHost managed_{
        {store_.mailboxes(), clock_, registry_, log_, "https://listener.example.com", {}}};
    plugin::PluginContext context_{FUZZ_PLUGINS, log_, registry_, clock_, "0"};
    std::unique_ptr<api::RegistrationApi> api_;
    json known_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Bench bench;
    if (size == 0) return 0;
    const void* rest = data + 1;
    const std::string_view body(static_cast<const char*>(rest), size - 1);
    net::Response answer;
    switch (data[0] % 3) {
        case 0:
            answer = bench.call("POST", "", kEnrolmentKey, body);
            if (answer.status == 200 || answer.status == 201) bench.forget(answer);
            break;
        case 1:
            answer = bench.call("PUT", bench.id() + "/subscription", bench.secret(), body);
            break;
        default:
            answer = bench.call("PATCH", bench.id(), bench.secret(), body);
            break;
    }
    // Never our fault, and always JSON that says what was wrong.
    require(answer.status < 500);
    if (answer.status >= 400) {
        const json problem = json::parse(answer.body);
        require(problem["status"] == answer.status && !problem["title"].get<std::string>().empty());
    }
    // Whatever came in, what the app asks next is answered.
    const net::Response state = bench.call("GET", bench.id(), bench.secret(), "");
    require(state.status == 200 && json::parse(state.body).is_object());
    return 0;
}
