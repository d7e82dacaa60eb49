// SPDX-License-Identifier: Apache-2.0
#include "app/admin_client.h"

#include <nlohmann/json.hpp>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timespan.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <istream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "admin/admin_token.h"
#include "admin/gateway_commands.h"
#include "app/admin_connection.h"
#include "app/admin_socket.h"
#include "app/gateway_parts.h"
#include "app/open_store.h"
#include "app/progress_line.h"
#include "plugin/plugin_info.h"
#include "util/printable.h"
#include "web/problem.h"

namespace postbell::app {
namespace {

using nlohmann::json;
using Poco::Net::HTTPRequest;

/// How long an answer is waited for, and the meaning of none: the end of a sentence.
struct Patience {
    int seconds;
    const char* silence;
};
constexpr Patience kHealth{10, "it hangs, or was stopped (SIGSTOP, a debugger)"};
constexpr Patience kReadiness{20, "its disk or a part of it hangs: its log says more"};
/// Longer than a commit may take on a slow disk: a call that may take longer is an operation, and
/// polled.
constexpr Patience kAnswer{150, "its disk or a part of it hangs: its log says more"};
constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kMaxPause{500};

/// The longest list, by far. The process at the socket may be another than the gateway.
constexpr std::size_t kMaxAnswerBytes = 256 * 1024 * 1024;

struct HttpAnswer {
    int status = 0;
    std::string text;
};

std::string readBounded(std::istream& in) {
    std::string text;
    std::string part(64 * 1024, '\0');
    while (in.read(part.data(), static_cast<std::streamsize>(part.size())), in.gcount() > 0) {
        text.append(part, 0, static_cast<std::size_t>(in.gcount()));
        if (text.size() > kMaxAnswerBytes)
            throw std::runtime_error("its answer does not come to an end");
    }
    return text;
}

/// `token_owner`: see connectToGateway().
HttpAnswer exchange(const config::Config& config, uid_t token_owner, HTTPRequest& request,
                    const std::string& body, const Patience& patience) {
    const std::filesystem::path file = adminSocketFile(config);
    try {
        Poco::Net::StreamSocket socket = connectToGateway(file, token_owner);
        socket.setReceiveTimeout(Poco::Timespan(patience.seconds, 0));
        socket.setSendTimeout(Poco::Timespan(patience.seconds, 0));
        Poco::Net::HTTPClientSession session(socket);
        request.set("Host", "localhost");
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        HttpAnswer answer;
        answer.text = readBounded(session.receiveResponse(response));
        answer.status = response.getStatus();
        return answer;
    } catch (const Poco::TimeoutException&) {
        throw std::runtime_error("does not answer on its admin socket " + file.string() +
                                 " within " + std::to_string(patience.seconds) +
                                 " seconds: " + patience.silence);
    } catch (const Poco::Exception& e) {
        throw std::runtime_error("the gateway does not answer on its admin socket " +
                                 file.string() + ": " + e.displayText());
    }
}

/// A call may take long, and a process that hangs answers nothing at all.
void requireAnswering(const config::Config& config, uid_t token_owner) {
    HTTPRequest request(HTTPRequest::HTTP_GET, "/healthz", HTTPRequest::HTTP_1_1);
    exchange(config, token_owner, request, "", kHealth);
}

/// This process's user if there is no such file.
uid_t ownerOf(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_uid : ::geteuid();
}

[[noreturn]] void failUnanswered(const config::Config& config, const std::string& why) {
    throw std::runtime_error("process " + std::to_string(storePlace(config)->holder()) +
                             " holds the store, and " + why);
}

/// The calls of the running gateway's admin API. Throws web::Problem with the gateway's sentence,
/// or std::runtime_error with the end of one on a gateway that cannot be asked.
class RunningGateway {
  public:
    explicit RunningGateway(const config::Config& config)
        : config_(config), token_(tokenIn(config.admin.token_file, config.trusted_owners)) {}

    json call(const std::string& name, const json& arguments) {
        requireAnswering(config_, token_.owner);
        json answer = post(name, arguments);
        return answer_status_ == 202 ? awaitEnd(std::move(answer)) : answer;
    }

  private:
    /// The token that the running gateway has read or made.
    static admin::StoredToken tokenIn(const std::string& file, util::TrustedOwners owners) {
        if (auto token = admin::readToken(file, owners)) return *std::move(token);
        throw std::runtime_error("the admin token file " + file +
                                 " is not there: the gateway writes it again at a reload (SIGHUP, "
                                 "`systemctl reload postbell`)");
    }

    json post(const std::string& name, const json& arguments) {
        const std::string body = arguments.dump();
        HTTPRequest request(HTTPRequest::HTTP_POST, "/v1/admin/" + name, HTTPRequest::HTTP_1_1);
        request.setContentType("application/json");
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        request.set("Authorization", "Bearer " + token_.text);
        const HttpAnswer answer = exchange(config_, token_.owner, request, body, kAnswer);
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
            } catch (const web::Problem& problem) {
                throw web::Problem(503, std::string("the gateway does not tell how far this is: ") +
                                            problem.what() +
                                            "; `postbell operation list` tells later");
            } catch (const std::exception& e) {
                throw web::Problem(503, std::string("the gateway stopped before this was done (") +
                                            e.what() + "); `postbell audit list` shows the call");
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
    const admin::StoredToken token_;  // read once: its file may be another one by the next call
    int answer_status_ = 0;
};

/// JSON carries no other bytes, and no record of the gateway has them.
void requireText(const json& arguments) {
    for (const auto& [name, value] : arguments.items())
        if (value.is_string() && !util::isUtf8(value.get_ref<const std::string&>()))
            throw web::Problem(400, "\"" + name + "\" is no text: it has bytes that are not UTF-8");
}

/// Needs neither a store nor a gateway.
json listPlugins(const config::Config& config) {
    admin::CommandTable commands;
    admin::GatewayCommands gateway(
        [&config] { return plugin::listPlugins(config.plugins.directory); }, {}, {});
    gateway.addTo(commands);
    return admin::finishNow(commands.at("plugin/list").run(json::object()));
}

}  // namespace

json callAdmin(const config::Config& config, const std::string& call, const json& arguments) {
    requireText(arguments);
    if (call == "plugin/list") return listPlugins(config);
    if (auto permit = StorePermit::tryTake(config)) {
        log::Settings quiet = config.log;
        quiet.level = log::Level::Warning;
        quiet.file.clear();
        log::Log log(quiet);
        GatewayParts parts(config, std::move(*permit), log);
        return parts.adminService().call(call, arguments, "command", admin::finishNow);
    }
    try {
        return RunningGateway(config).call(call, arguments);
    } catch (const web::Problem&) {
        throw;
    } catch (const json::exception&) {
        failUnanswered(config,
                       "this program does not understand its answer: is it another version?");
    } catch (const std::runtime_error& e) {
        failUnanswered(config, e.what());
    }
}

GatewayReadiness askReadiness(const config::Config& config) {
    try {
        const uid_t token_owner = ownerOf(config.admin.token_file);
        requireAnswering(config, token_owner);
        HTTPRequest request(HTTPRequest::HTTP_GET, "/readyz", HTTPRequest::HTTP_1_1);
        HttpAnswer answer = exchange(config, token_owner, request, "", kReadiness);
        if (answer.text.ends_with('\n')) answer.text.pop_back();
        return {answer.status == 200, std::move(answer.text)};
    } catch (const std::runtime_error& e) {
        failUnanswered(config, e.what());
    }
}

}  // namespace postbell::app
