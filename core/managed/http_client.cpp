// SPDX-License-Identifier: Apache-2.0
#include "managed/http_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "managed/server_trust.h"
#include "util/exception_text.h"
#include "util/file_descriptor.h"
#include "util/http_syntax.h"
#include "util/named_thread.h"
#include "util/origin.h"
#include "util/real_time.h"
#include "util/worker_pool.h"

namespace postbell::managed {
namespace {

using Poco::Net::HTTPClientSession;

constexpr std::size_t kMaxBodyBytes = POSTBELL_MAX_STEP_RESPONSE_BYTES;
constexpr long kConnectSeconds = 10;
constexpr int kWaitsOfExchange = 2;
constexpr unsigned kMaxInterim = 4;
constexpr std::size_t kMaxIdleConnections = 16;  // to one origin

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

/// Reads up to the head of the final answer, which receiveResponse() takes over. Empty, or the end
/// of a sentence: none comes. A server may send any number of interim answers (RFC 9110, 15.2), and
/// Poco alone would read them for ever; it passes over no other than 100.
std::string passInterim(HTTPClientSession& session, Poco::Net::HTTPResponse& response) {
    for (unsigned count = 0; session.peekResponse(response);)
        if (++count == kMaxInterim)
            return " sent " + std::to_string(count) + " interim answers and no final one";
    if (response.getStatus() >= Poco::Net::HTTPResponse::HTTP_OK) return {};
    return " answered with the interim status " + std::to_string(response.getStatus()) +
           ", which no request of the gateway asks for";
}

}  // namespace

class HttpClient::Impl {
  public:
    Impl(HttpSettings settings, Late late)
        : settings_(std::move(settings)),
          late_(std::move(late)),
          trust_(settings_.ca_file),
          workers_(settings_.threads, settings_.queue),
          watch_(util::startThread("http-watch", [this] { watch(); })) {}
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

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
        connected_changed_.notify_one();
        workers_.stop();
        if (watch_.joinable()) watch_.join();
    }

  private:
    /// From set() on, the connection can be cut off: by stop(), and once its time is over.
    class Connected {
      public:
        Connected(Impl& impl, util::RealTime ends) : impl_(impl), ends_(ends) {}
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
            impl_.connected_changed_.notify_one();
            return impl_.stopping_ ? "the gateway is stopping" : "";
        }
        void cutOff() const { ::shutdown(socket_.get(), SHUT_RDWR); }
        util::RealTime ends() const { return ends_; }
        bool late() const { return util::realNow() >= ends_; }

      private:
        Impl& impl_;
        const util::RealTime ends_;
        util::FileDescriptor socket_;
    };

    using Session = std::unique_ptr<HTTPClientSession>;

    Session open(const std::string& origin) {
        const util::Origin to = util::Origin::parseAny(origin).value();
        Session session;
        if (to.tls)
            session =
                std::make_unique<Poco::Net::HTTPSClientSession>(to.host, to.port, trust_.context());
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

    /// A session whose connection was lost connects again by itself, against its own roots.
    static bool checksAgainst(const Poco::Net::Context::Ptr& context, HTTPClientSession& session) {
        if (!dynamic_cast<Poco::Net::HTTPSClientSession*>(&session)) return true;
        return Poco::Net::SecureStreamSocket(session.socket()).context() == context;
    }

    /// A kept connection that is still open, and was checked against the roots of now; or null.
    Session takeIdle(const std::string& origin) {
        const Poco::Net::Context::Ptr now = util::Origin::parseAny(origin).value().tls
                                                ? trust_.context()
                                                : Poco::Net::Context::Ptr();
        const std::lock_guard lock(sessions_mutex_);
        std::vector<Session>& idle = idle_[origin];
        while (!idle.empty()) {
            Session session = std::move(idle.back());
            idle.pop_back();
            if (!checksAgainst(now, *session)) continue;
            // Readable without a request: the server has closed the connection.
            if (!session->socket().poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ))
                return session;
        }
        return nullptr;
    }

    HttpAnswer perform(const HttpCall& call) {
        const util::RealTime ends = util::realNow() + kWaitsOfExchange * settings_.timeout;
        try {
            if (Session kept = takeIdle(call.origin)) {
                HttpAnswer answer = attempt(call, std::move(kept), ends);
                if (answer.status != 0 || !mayRepeat(call.method) || util::realNow() >= ends)
                    return answer;
            }
            return attempt(call, open(call.origin), ends);
        } catch (const Poco::Exception& e) {
            return {0, {}, {}, e.displayText()};
        } catch (...) {
            return {0, {}, {}, util::exceptionText()};
        }
    }

    /// Cuts off the exchanges whose time is over: a server that goes on sending a byte now and then
    /// never makes a single wait too long.
    void watch() {
        std::unique_lock lock(sessions_mutex_);
        while (!stopping_) {
            if (connected_.empty()) {
                connected_changed_.wait(lock);
                continue;
            }
            const auto ends = [](const Connected* connected) { return connected->ends(); };
            const util::RealTime next = ends(*std::ranges::min_element(connected_, {}, ends));
            if (util::realNow() < next) {
                connected_changed_.wait_until(lock, next);
                continue;
            }
            std::erase_if(connected_, [](const Connected* connected) {
                const bool late = connected->late();
                if (late) connected->cutOff();
                return late;
            });
        }
    }

    HttpAnswer late(const std::string& origin) {
        if (late_) late_(origin);
        return {0, {}, {}, origin + " did not send its whole answer in time"};
    }

    HttpAnswer attempt(const HttpCall& call, Session session, util::RealTime ends) {
        Connected connected(*this, ends);
        HttpAnswer answer;
        try {
            answer = exchange(call, *session, connected);
        } catch (const Poco::Net::CertificateValidationException& e) {
            return {0, {}, {}, "the certificate of " + call.origin + " is refused: " + e.message()};
        } catch (const Poco::Exception& e) {
            if (connected.late()) return late(call.origin);
            return {0, {}, {}, call.origin + ": " + e.displayText()};
        }
        // The end of a chunked body that was cut off looks like any other.
        if (connected.late()) return late(call.origin);
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
        if (std::string why = passInterim(session, response); !why.empty()) {
            session.reset();
            return {0, {}, {}, call.origin + why};
        }
        std::istream& body = session.receiveResponse(response);
        HttpAnswer answer;
        answer.status = response.getStatus();
        for (const auto& [name, value] : response)
            answer.headers.emplace_back(util::lowerCase(name), value);
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
    const Late late_;
    ServerTrust trust_;
    std::mutex sessions_mutex_;  // guards the next three
    std::condition_variable connected_changed_;
    std::map<std::string, std::vector<Session>> idle_;
    std::set<const Connected*> connected_;  // of requests under way
    bool stopping_ = false;
    util::WorkerPool workers_;  // its threads and the next one use all of the above
    std::thread watch_;
};

HttpClient::HttpClient(HttpSettings settings, Late late)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(late))) {}

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
