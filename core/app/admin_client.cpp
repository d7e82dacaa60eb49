// SPDX-License-Identifier: Apache-2.0
#include "app/admin_client.h"

#include <nlohmann/json.hpp>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>

#include <memory>
#include <stdexcept>

#include "admin/admin_token.h"
#include "admin/gateway_commands.h"
#include "app/gateway.h"
#include "app/open_store.h"
#include "plugin/plugin_info.h"
#include "web/problem.h"

namespace postbell::app {
namespace {

using nlohmann::json;

/// The address to connect to, for a listener's address.
Poco::Net::SocketAddress reachable(const std::string& address) {
    const Poco::Net::SocketAddress listened(address);
    if (!listened.host().isWildcard()) return listened;
    return {listened.family() == Poco::Net::AddressFamily::IPv6 ? "::1" : "127.0.0.1",
            listened.port()};
}

std::unique_ptr<Poco::Net::HTTPClientSession> openSession(
    const config::AdminListenerConfig& listener) {
    const Poco::Net::SocketAddress address = reachable(listener.address);
    if (!listener.tls())
        return std::make_unique<Poco::Net::HTTPClientSession>(address.host().toString(),
                                                              address.port());
    // The certificate names the public host, not this address: the file itself is trusted.
    const Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE,
                                                                 listener.tls_certificate,
                                                                 Poco::Net::Context::VERIFY_NONE));
    return std::make_unique<Poco::Net::HTTPSClientSession>(address.host().toString(),
                                                           address.port(), context);
}

/// The token that the running gateway has read or made.
std::string tokenOfGateway(const std::string& file) {
    if (auto token = admin::readToken(file)) return *token;
    throw std::runtime_error("the admin token file " + file +
                             " is not there, and a gateway runs: it writes the file again at a "
                             "reload (SIGHUP, `systemctl reload postbell`)");
}

[[noreturn]] void failUnanswered(const config::Config& config, const Poco::Exception& e) {
    throw std::runtime_error("process " + std::to_string(storeHolder(config)) +
                             " holds the store, and the admin listener at " + config.admin.address +
                             " does not answer: " + e.displayText());
}

json callRunningGateway(const config::Config& config, const std::string& call,
                        const json& arguments) {
    const auto session = openSession(config.admin);
    session->setTimeout(Poco::Timespan(60, 0));
    const std::string body = arguments.dump();
    Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_POST, "/v1/admin/" + call,
                                   Poco::Net::HTTPMessage::HTTP_1_1);
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    request.set("Host", "localhost");
    request.set("Authorization", "Bearer " + tokenOfGateway(config.admin.token_file));
    session->sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::string text;
    Poco::StreamCopier::copyToString(session->receiveResponse(response), text);
    json answer = json::parse(text, nullptr, false);
    if (response.getStatus() == 200 && answer.is_object()) return answer;
    const std::string title = answer.is_object() && answer.contains("title")
                                  ? answer["title"].get<std::string>()
                                  : "it answered " + std::to_string(response.getStatus());
    throw web::Problem(response.getStatus(), title);
}

/// Needs neither a store nor a gateway.
json listPlugins(const config::Config& config) {
    admin::CommandTable commands;
    admin::GatewayCommands gateway(
        [&config] { return plugin::listPlugins(config.plugins.directory); }, {});
    gateway.addTo(commands);
    return commands.at("plugin/list").run(json::object());
}

}  // namespace

json callAdmin(const config::Config& config, const std::string& call, const json& arguments) {
    if (call == "plugin/list") return listPlugins(config);
    if (auto permit = StorePermit::tryTake(config)) {
        log::Settings quiet = config.log;
        quiet.level = log::Level::Warning;
        quiet.file.clear();
        log::Log log(quiet);
        Gateway gateway(config, std::move(*permit), log);
        return gateway.adminService().call(call, arguments, "command");
    }
    try {
        return callRunningGateway(config, call, arguments);
    } catch (const Poco::Exception& e) {
        failUnanswered(config, e);
    }
}

std::string askReadiness(const config::Config& config) {
    try {
        const auto session = openSession(config.admin);
        session->setTimeout(Poco::Timespan(20, 0));
        Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, "/readyz",
                                       Poco::Net::HTTPMessage::HTTP_1_1);
        request.set("Host", "localhost");
        session->sendRequest(request);
        Poco::Net::HTTPResponse response;
        std::string text;
        Poco::StreamCopier::copyToString(session->receiveResponse(response), text);
        if (text.ends_with('\n')) text.pop_back();
        if (response.getStatus() == 200) return text;
        throw std::runtime_error(text);
    } catch (const Poco::Exception& e) {
        failUnanswered(config, e);
    }
}

}  // namespace postbell::app
