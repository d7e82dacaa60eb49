// SPDX-License-Identifier: Apache-2.0
#include "managed/http_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "util/file_descriptor.h"
#include "util/origin.h"
#include "util/trust_file.h"
#include "util/worker_pool.h"

namespace postbell::managed {
namespace {

using Poco::Net::HTTPClientSession;

constexpr std::size_t kMaxBodyBytes = 1024 * 1024;
constexpr long kConnectSeconds = 10;
constexpr std::size_t kMaxIdleConnections = 16;  // to one origin

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

/// A request on a connection that the server had closed may be sent again, if twice does no
/// harm.
bool mayRepeat(const std::string& method) {
    return method != "POST";
}

/// Poco takes the end of the connection for the end of the body. The end of a chunked body cannot
/// be told from it: there it is for the plugin to find the answer incomplete.
bool isCutOff(const Poco::Net::HTTPResponse& response, const std::string& body) {
    return response.hasContentLength() &&
           static_cast<Poco::Int64>(body.size()) < response.getContentLength64();
}

}  // namespace

class HttpClient::Impl {
  public:
    explicit Impl(HttpSettings settings)
        : settings_(std::move(settings)),
          context_(makeContext(settings_)),
          workers_(settings_.threads, settings_.queue) {}

    void send(HttpCall call, std::function<void(HttpAnswer)> done) {
        auto shared = std::make_shared<std::pair<HttpCall, std::function<void(HttpAnswer)>>>(
            std::move(call), std::move(done));
        std::function<void()> job = [this, shared] { shared->second(perform(shared->first)); };
        if (workers_.tryPost(job)) return;
        HttpAnswer busy;
        busy.detail = "the gateway has too many requests under way";
        shared->second(std::move(busy));
    }

    void stop() {
        {
            const std::lock_guard lock(sessions_mutex_);
            stopping_ = true;
            for (const Connected* connected : connected_) connected->cutOff();
        }
        workers_.stop();
    }

  private:
    /// From set() on, stop() can cut the connection off.
    class Connected {
      public:
        explicit Connected(Impl& impl) : impl_(impl) {}
        ~Connected() {
            const std::lock_guard lock(impl_.sessions_mutex_);
            impl_.connected_.erase(this);
        }
        Connected(const Connected&) = delete;
        Connected& operator=(const Connected&) = delete;
        /// Empty, or why the connection may not be used.
        std::string set(int socket) {
            // A descriptor of its own: the session closes the other one at any time, and its number
            // goes to another file.
            socket_ = util::FileDescriptor(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
            if (!socket_) return "no descriptors are left";
            const std::lock_guard lock(impl_.sessions_mutex_);
            impl_.connected_.insert(this);
            return impl_.stopping_ ? "the gateway is stopping" : "";
        }
        void cutOff() const { ::shutdown(socket_.get(), SHUT_RDWR); }

      private:
        Impl& impl_;
        util::FileDescriptor socket_;
    };

    using Session = std::unique_ptr<HTTPClientSession>;

    static Poco::Net::Context::Ptr makeContext(const HttpSettings& settings) {
        Poco::Net::Context::Ptr context(
            new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", "",
                                   Poco::Net::Context::VERIFY_STRICT, 9, settings.ca_file.empty()));
        context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
        if (settings.ca_file.empty()) return context;
        const std::string problem =
            util::trustFile(*SSL_CTX_get_cert_store(context->sslContext()), settings.ca_file);
        if (!problem.empty())
            throw std::runtime_error("ca_file " + settings.ca_file + " " + problem);
        return context;
    }

    Session open(const std::string& origin) const {
        const util::Origin to = util::Origin::parseAny(origin).value();
        Session session;
        if (to.tls)
            session = std::make_unique<Poco::Net::HTTPSClientSession>(to.host, to.port, context_);
        else
            session = std::make_unique<HTTPClientSession>(to.host, to.port);
        const Poco::Timespan timeout(settings_.timeout.count() * 1000);
        session->setTimeout(std::min(timeout, Poco::Timespan(kConnectSeconds, 0)), timeout,
                            timeout);
        session->setKeepAlive(true);
        session->setKeepAliveTimeout(Poco::Timespan(60, 0));
        if (!settings_.proxy.empty()) {
            const util::Origin proxy = util::Origin::parseAny(settings_.proxy).value();
            session->setProxy(proxy.host, proxy.port);
        }
        return session;
    }

    /// A kept connection that is still open, or null.
    Session takeIdle(const std::string& origin) {
        const std::lock_guard lock(sessions_mutex_);
        std::vector<Session>& idle = idle_[origin];
        while (!idle.empty()) {
            Session session = std::move(idle.back());
            idle.pop_back();
            // Readable without a request: the server has closed the connection.
            if (!session->socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ))
                return session;
        }
        return nullptr;
    }

    HttpAnswer perform(const HttpCall& call) {
        try {
            if (Session kept = takeIdle(call.origin)) {
                HttpAnswer answer = attempt(call, std::move(kept));
                if (answer.status != 0 || !mayRepeat(call.method)) return answer;
            }
            return attempt(call, open(call.origin));
        } catch (const Poco::Exception& e) {
            return {0, {}, {}, e.displayText()};
        } catch (const std::exception& e) {
            return {0, {}, {}, e.what()};
        }
    }

    HttpAnswer attempt(const HttpCall& call, Session session) {
        Connected connected(*this);
        HttpAnswer answer;
        try {
            answer = exchange(call, *session, connected);
        } catch (const Poco::Net::CertificateValidationException& e) {
            return {0, {}, {}, "the certificate of " + call.origin + " is refused: " + e.message()};
        } catch (const Poco::Exception& e) {
            return {0, {}, {}, call.origin + ": " + e.displayText()};
        }
        keep(call.origin, std::move(session));
        return answer;
    }

    HttpAnswer exchange(const HttpCall& call, HTTPClientSession& session, Connected& connected) {
        Poco::Net::HTTPRequest request(call.method, call.path, "HTTP/1.1");
        request.set("User-Agent", settings_.user_agent);
        for (const auto& [name, value] : call.headers) request.set(name, value);
        if (!call.body.empty() || call.method == "POST" || call.method == "PATCH")
            request.setContentLength64(static_cast<Poco::Int64>(call.body.size()));
        std::ostream& out = session.sendRequest(request);
        if (std::string why = connected.set(session.socket().impl()->sockfd()); !why.empty()) {
            session.reset();
            return {0, {}, {}, std::move(why)};
        }
        out << call.body;

        Poco::Net::HTTPResponse response;
        std::istream& body = session.receiveResponse(response);
        HttpAnswer answer;
        answer.status = response.getStatus();
        for (const auto& [name, value] : response)
            answer.headers.emplace_back(lowerCase(name), value);
        std::string chunk(16 * 1024, '\0');
        while (body.read(chunk.data(), static_cast<std::streamsize>(chunk.size())),
               body.gcount() > 0) {
            answer.body.append(chunk.data(), static_cast<std::size_t>(body.gcount()));
            if (answer.body.size() > kMaxBodyBytes) {
                session.reset();
                return {0, {}, {}, call.origin + " answered with more than 1 MiB"};
            }
        }
        if (isCutOff(response, answer.body)) {
            session.reset();
            return {0, {}, {}, call.origin + ": the connection ended within the answer"};
        }
        if (!response.getKeepAlive()) session.reset();
        return answer;
    }

    void keep(const std::string& origin, Session session) {
        if (!session->connected()) return;
        const std::lock_guard lock(sessions_mutex_);
        std::vector<Session>& idle = idle_[origin];
        if (!stopping_ && idle.size() < kMaxIdleConnections) idle.push_back(std::move(session));
    }

    const HttpSettings settings_;
    Poco::Net::Context::Ptr context_;
    std::mutex sessions_mutex_;  // guards the next three
    std::map<std::string, std::vector<Session>> idle_;
    std::set<const Connected*> connected_;  // of requests under way
    bool stopping_ = false;
    util::WorkerPool workers_;  // last: its threads use all of the above
};

HttpClient::HttpClient(HttpSettings settings)
    : impl_(std::make_unique<Impl>(std::move(settings))) {}

HttpClient::~HttpClient() {
    stop();
}

void HttpClient::send(HttpCall call, std::function<void(HttpAnswer)> done) {
    impl_->send(std::move(call), std::move(done));
}

void HttpClient::stop() {
    impl_->stop();
}

}  // namespace postbell::managed
