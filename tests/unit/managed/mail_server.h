// SPDX-License-Identifier: Apache-2.0
// A mail server that answers as the test says, on loopback.
#pragma once
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/test_certificates.h"

namespace postbell::test {

/// A request, and the answer to one.
struct Asked {
    std::string path, body, authorization;
};
struct Answer {
    int status = 200;
    std::string body;
    std::chrono::milliseconds after{0};  ///< or until the server is released
    std::size_t lost_bytes = 0;          ///< of the body, before which the connection ends
};

/// Thread-safe. Answers a path with the answer set for it; the default is "id".
class MailServer {
  public:
    MailServer() : MailServer(Poco::Net::ServerSocket(kAnyPort), "http") {}
    /// Over TLS.
    explicit MailServer(const CertificatePem& certificate)
        : MailServer(Poco::Net::SecureServerSocket(kAnyPort, 64, servingContext(certificate)),
                     "https") {}
    ~MailServer() {
        release();
        server_->stopAll(true);
    }

    std::string origin(const std::string& host = "127.0.0.1") const {
        return scheme_ + "://" + host + ":" + std::to_string(socket_.address().port());
    }
    void answer(const std::string& path, Answer answer) {
        const std::lock_guard lock(mutex_);
        answers_[path] = std::move(answer);
    }
    /// Called while a request waits for its answer.
    void whenAsked(std::function<void(const Asked&)> hook) {
        const std::lock_guard lock(mutex_);
        hook_ = std::move(hook);
    }
    std::vector<Asked> asked(const std::string& path = {}) const {
        const std::lock_guard lock(mutex_);
        std::vector<Asked> found;
        for (const Asked& a : asked_)
            if (path.empty() || a.path == path) found.push_back(a);
        return found;
    }
    std::size_t connections() const {
        return static_cast<std::size_t>(server_->totalConnections());
    }
    /// Slow answers go out now.
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

  private:
    MailServer(const Poco::Net::ServerSocket& socket, std::string scheme)
        : socket_(socket), scheme_(std::move(scheme)) {
        auto* params = new Poco::Net::HTTPServerParams;
        params->setMaxThreads(32);
        params->setKeepAlive(true);
        server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(*this), socket_, params);
        server_->start();
    }

    static Poco::Net::Context::Ptr servingContext(const CertificatePem& certificate) {
        const TemporaryFile chain(certificate.certificate), key(certificate.key);
        return new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, key.path(), chain.path(),
                                      "", Poco::Net::Context::VERIFY_NONE);
    }

    class Handler : public Poco::Net::HTTPRequestHandler {
      public:
        explicit Handler(MailServer& server) : server_(server) {}
        void handleRequest(Poco::Net::HTTPServerRequest& request,
                           Poco::Net::HTTPServerResponse& response) override {
            std::string body;
            Poco::StreamCopier::copyToString(request.stream(), body);
            const Answer answer =
                server_.take({request.getURI(), body, request.get("authorization", "")});
            response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
            if (answer.lost_bytes != 0) {
                response.setKeepAlive(false);
                response.setContentLength64(
                    static_cast<Poco::Int64>(answer.body.size() + answer.lost_bytes));
                response.send() << answer.body;
                return;
            }
            response.sendBuffer(answer.body.data(), answer.body.size());
        }

      private:
        MailServer& server_;
    };
    class Factory : public Poco::Net::HTTPRequestHandlerFactory {
      public:
        explicit Factory(MailServer& server) : server_(server) {}
        Poco::Net::HTTPRequestHandler* createRequestHandler(
            const Poco::Net::HTTPServerRequest&) override {
            return new Handler(server_);
        }

      private:
        MailServer& server_;
    };

    Answer take(Asked asked) {
        std::unique_lock lock(mutex_);
        asked_.push_back(asked);
        const auto found = answers_.find(asked.path);
        const Answer answer = found == answers_.end() ? Answer{200, "id"} : found->second;
        const auto hook = hook_;
        if (hook) {
            lock.unlock();
            hook(asked);
            lock.lock();
        }
        changed_.wait_for(lock, answer.after, [this] { return released_; });
        return answer;
    }

    static inline const Poco::Net::SocketAddress kAnyPort{"127.0.0.1", 0};

    Poco::Net::ServerSocket socket_;
    const std::string scheme_;
    mutable std::mutex mutex_;  // guards the members below
    std::condition_variable changed_;
    std::map<std::string, Answer> answers_;
    std::vector<Asked> asked_;
    std::function<void(const Asked&)> hook_;
    bool released_ = false;
    std::unique_ptr<Poco::Net::HTTPServer> server_;
};

}  // namespace postbell::test
