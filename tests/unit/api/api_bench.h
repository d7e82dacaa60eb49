// SPDX-License-Identifier: Apache-2.0
// The registration API on a real store and the real plugins ews and apns, called as apps call it.
#pragma once
#include <prometheus/registry.h>
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "api/registration_api.h"
#include "managed/managed_host.h"
#include "support/provided_bench.h"

namespace postbell::testing {

using nlohmann::json;

struct ApiBench : ProvidedBench {
    explicit ApiBench(api::RegistrationSettings settings = {"emea", "https://listener.example.com"})
        : api({store().registrations(), store().directory(), seen, backends, providers, managed,
               clock(), log()},
              registry, std::move(settings)) {
        app();
    }

    net::Response call(const char* method, const std::string& path, std::string_view secret,
                       const json& body = nullptr, const std::string& peer = "192.0.2.1") {
        net::Request request;
        request.method = method;
        request.path = "/v1/registrations" + path;
        if (!secret.empty()) request.headers = {{"authorization", "Bearer " + std::string(secret)}};
        if (!body.is_null()) request.body = body.dump();
        request.peer = peer;
        return api.answer(request);
    }
    /// The sum of a counter's series.
    double metric(const std::string& name) {
        double sum = 0;
        for (const auto& family : registry.Collect())
            if (family.name == name)
                for (const auto& series : family.metric) sum += series.counter.value;
        return sum;
    }
    static json body() {
        return {{"app", "com.example.mail"},
                {"device_token", std::string(64, 'a')},
                {"environment", "production"},
                {"account_hash", std::string(64, '1')},
                {"device_hash", std::string(64, '2')}};
    }
    /// A registration as its app knows it.
    json registered() {
        const net::Response answer = call("POST", "", "enrolment", body());
        REQUIRE(answer.status == 201);
        return json::parse(answer.body);
    }
    int status(const char* method, const json& known, const std::string& rest,
               const json& body = nullptr) {
        return call(method, path(known) + rest, known["secret"].get<std::string>(), body).status;
    }
    json state(const json& known) {
        return json::parse(call("GET", path(known), known["secret"].get<std::string>()).body);
    }
    static std::string path(const json& known) {
        return "/" + known["registration_id"].get<std::string>();
    }
    static std::string title(const net::Response& answer) {
        return json::parse(answer.body)["title"];
    }

    managed::ManagedHost managed{
        {store().mailboxes(), clock(), registry, log(), "https://listener.example.com", {}}};
    api::RegistrationApi api;
};

}  // namespace postbell::testing
