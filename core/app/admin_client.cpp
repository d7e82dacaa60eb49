// SPDX-License-Identifier: Apache-2.0
#include "app/admin_client.h"

#include <nlohmann/json.hpp>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "admin/admin_token.h"
#include "admin/gateway_commands.h"
#include "app/admin_connection.h"
#include "app/admin_socket.h"
#include "app/gateway.h"
#include "app/open_store.h"
#include "app/progress_line.h"
#include "plugin/plugin_info.h"
#include "web/problem.h"

namespace postbell::app {
namespace {

using nlohmann::json;
using Poco::Net::HTTPRequest;

/// Longer than a commit may take on a slow disk: what may take longer still is an operation, and
/// polled.
constexpr int kAnswerSeconds = 150;
constexpr int kReadinessSeconds = 20;
constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kMaxPause{500};

struct HttpAnswer {
    int status = 0;
    std::string text;
};

HttpAnswer exchange(const config::Config& config, HTTPRequest& request, const std::string& body,
                    int patience_seconds) {
    const std::filesystem::path file = adminSocketFile(config);
    try {
        Poco::Net::StreamSocket socket = connectToGateway(file, config.admin.token_file);
        socket.setReceiveTimeout(Poco::Timespan(patience_seconds, 0));
        socket.setSendTimeout(Poco::Timespan(patience_seconds, 0));
        Poco::Net::HTTPClientSession session(socket);
        request.set("Host", "localhost");
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        HttpAnswer answer;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.text);
        answer.status = response.getStatus();
        return answer;
    } catch (const Poco::Exception& e) {
        throw std::runtime_error("the gateway does not answer on its admin socket " +
                                 file.string() + ": " + e.displayText());
    }
}

[[noreturn]] void failUnanswered(const config::Config& config, const std::string& why) {
    throw std::runtime_error("process " + std::to_string(storeHolder(config)) +
                             " holds the store, and " + why);
}

/// The calls of the running gateway's admin API. Throws web::Problem with the gateway's sentence,
/// or std::runtime_error with the end of one on a gateway that cannot be asked.
class RunningGateway {
  public:
    explicit RunningGateway(const config::Config& config)
        : config_(config), token_(tokenIn(config.admin.token_file)) {}

    json call(const std::string& name, const json& arguments) {
        json answer = post(name, arguments);
        return answer_status_ == 202 ? awaitEnd(std::move(answer)) : answer;
    }

  private:
    /// The token that the running gateway has read or made.
    static std::string tokenIn(const std::string& file) {
        if (auto token = admin::readToken(file)) return *token;
        throw std::runtime_error("the admin token file " + file +
                                 " is not there: the gateway writes it again at a reload (SIGHUP, "
                                 "`systemctl reload postbell`)");
    }

    json post(const std::string& name, const json& arguments) {
        const std::string body = arguments.dump();
        HTTPRequest request(HTTPRequest::HTTP_POST, "/v1/admin/" + name, HTTPRequest::HTTP_1_1);
        request.setContentType("application/json");
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        request.set("Authorization", "Bearer " + token_);
        const HttpAnswer answer = exchange(config_, request, body, kAnswerSeconds);
        answer_status_ = answer.status;
        json read = json::parse(answer.text, nullptr, false);
        if ((answer.status == 200 || answer.status == 202) && read.is_object()) return read;
        const std::string title = read.is_object() && read.contains("title")
                                      ? read["title"].get<std::string>()
                                      : "it answered " + std::to_string(answer.status);
        throw web::Problem(answer.status, title);
    }

    /// Polls the operation until its end; its result.
    json awaitEnd(json operation) {
        const json which = {{"operation", operation.at("operation")}};
        ProgressLine progress;
        for (auto pause = kFirstPause; operation.at("state") == "running";
             pause = std::min(pause * 2, kMaxPause)) {
            std::this_thread::sleep_for(pause);
            try {
                operation = post("operation/show", which);
            } catch (const std::exception& e) {
                throw web::Problem(503, std::string("the gateway stopped before this was done (") +
                                            e.what() +
                                            "); `postbell audit list` shows what it was asked for");
            }
            progress.show(
                operation.value("done", std::int64_t{0}),
                operation.at("total").is_null() ? 0 : operation.value("total", std::int64_t{0}));
        }
        if (operation.at("state") == "done") return operation.at("result");
        throw web::Problem(operation.value("status", 500),
                           operation.at("problem").is_string()
                               ? operation.at("problem").get<std::string>()
                               : "the gateway failed at it");
    }

    const config::Config& config_;
    const std::string token_;
    int answer_status_ = 0;
};

/// Needs neither a store nor a gateway.
json listPlugins(const config::Config& config) {
    admin::CommandTable commands;
    admin::GatewayCommands gateway(
        [&config] { return plugin::listPlugins(config.plugins.directory); }, {});
    gateway.addTo(commands);
    return admin::finishNow(commands.at("plugin/list").run(json::object()));
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
        return gateway.adminService().call(call, arguments, "command", admin::finishNow);
    }
    try {
        return RunningGateway(config).call(call, arguments);
    } catch (const web::Problem&) {
        throw;
    } catch (const std::runtime_error& e) {
        failUnanswered(config, e.what());
    }
}

std::string askReadiness(const config::Config& config) {
    HttpAnswer answer;
    try {
        HTTPRequest request(HTTPRequest::HTTP_GET, "/readyz", HTTPRequest::HTTP_1_1);
        answer = exchange(config, request, "", kReadinessSeconds);
    } catch (const std::runtime_error& e) {
        failUnanswered(config, e.what());
    }
    if (answer.text.ends_with('\n')) answer.text.pop_back();
    if (answer.status == 200) return answer.text;
    throw std::runtime_error(answer.text);
}

}  // namespace postbell::app
