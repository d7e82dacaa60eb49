// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server in which a connection costs a thread only while a request is worked on.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/log.h"
#include "net/limits.h"
#include "net/memory_share.h"
#include "net/server_certificate.h"
#include "util/file_descriptor.h"

namespace postbell::util {
class Heartbeats;
}

namespace postbell::net {

struct ServerSettings {
    std::string name;             ///< "mailbox": for logs and thread names
    std::string address;          ///< "0.0.0.0:8444", "[::1]:0"; port 0 picks one
    std::string tls_certificate;  ///< PEM file with the chain; empty: plain HTTP
    std::string tls_key;          ///< PEM file
    unsigned reactors = 1;        ///< threads with an event loop each
    Limits limits;
    /// Gets a heartbeat for each reactor, named as its thread; outlives the server. Null: unread.
    util::Heartbeats* heartbeats = nullptr;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A whole request. Header names in lower case; chunked bodies are put together; `body` is at most
/// body_bytes.
struct Request {
    std::string method;
    std::string path;   ///< of the target, undecoded: "/v1/registrations"
    std::string query;  ///< undecoded, without '?'
    HeaderList headers;
    std::string body;
    std::string peer;  ///< the address without a port
    /// Of the server's memory for requests: held as long as the request is.
    MemoryShare memory = {};

    /// The first value of `name` (lower case); empty if there is none.
    std::string_view header(std::string_view name) const;
};

struct Response {
    int status = 200;
    HeaderList headers;  ///< the server adds content-length, date, and what keep-alive needs
    std::string body;
};

/// The right to answer one request, exactly once, from any thread. Dropped unanswered, it answers
/// 500. If the connection or the server ended meanwhile, the answer is dropped. Move-only, cheap.
class Responder {
  public:
    /// Receives the answer: the server's own, or a test's. Either function is called, once, on the
    /// thread that answers.
    class Target {
      public:
        virtual ~Target() = default;
        virtual void answer(Response&& response) = 0;
        /// The responder was dropped unanswered.
        virtual void drop() noexcept = 0;
        /// False: an answer would reach nobody. Any thread may ask.
        virtual bool isWanted() const { return true; }
    };
    explicit Responder(std::shared_ptr<Target> target);
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) noexcept;
    ~Responder();
    void send(Response response);
    /// False: it was sent, or reaches nobody, so that the work for it may be saved. A client that
    /// ended its half of the connection counts as gone, since it cannot be told from one that is.
    bool isWanted() const { return target_ != nullptr && target_->isWanted(); }

  private:
    void drop() noexcept;
    std::shared_ptr<Target> target_;
};

/// An error's answer: application/problem+json (RFC 9457) with `title`, a sentence a person
/// understands, and the status.
Response problem(int status, std::string_view title);

/// Called on a reactor's thread: must not block. It either answers now or moves the responder
/// elsewhere.
using Handler = std::function<void(Request&&, Responder&&)>;

struct ServerStats {
    std::size_t connections = 0;
    std::size_t in_work = 0;
    std::uint64_t accepted = 0, requests = 0, refused_overload = 0, refused_malformed = 0,
                  timed_out = 0, tls_failures = 0;
};

/// Why an address cannot be listened on.
struct ListenProblem {
    std::string sentence;
    bool of_user = false;  ///< another user, or a capability, may do it
};
/// Of the address as it is now, though a server that starts meanwhile is not in its way. Nothing:
/// a server could listen there.
std::optional<ListenProblem> listenProblem(const std::string& name, const std::string& address);

/// Public functions are thread-safe.
class HttpServer {
  public:
    /// Binds and listens (throws std::runtime_error naming the address and the reason; the same for
    /// TLS files), serves nothing until start(). `log` must outlive the server.
    HttpServer(ServerSettings settings, Handler handler, log::Log& log);
    /// On a socket that listens already and does not block; settings.address is unread.
    HttpServer(ServerSettings settings, util::FileDescriptor listening, Handler handler,
               log::Log& log);
    /// Stops at once.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Once.
    void start();
    /// Closes the listening socket and idle connections, lets requests under way be answered (with
    /// Connection: close) for at most `patience`, then closes everything. Returns when all
    /// threads have ended. Final; not to be called by a handler, on whose thread it would wait for
    /// itself.
    void stop(util::Milliseconds patience);
    /// Reads the TLS files again; connections accepted from now on use them. Throws if they cannot
    /// be used, and the old ones stay.
    void reloadTls();
    /// The certificate that connections get from now on, judged as inspectServerCertificate() does.
    /// Precondition: the settings have TLS files.
    ServerCertificate certificate(const std::string& host, const std::string& ca_file,
                                  util::WallTime now) const;
    /// The port that was bound; 0: the socket has none.
    std::uint16_t port() const;
    ServerStats stats() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace postbell::net
