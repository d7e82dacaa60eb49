// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 server on loopback that behaves as a test's script says, badly above all.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/test_certificates.h"

namespace postbell::test {

struct SeenHeader {
    std::string name;
    std::string value;
    bool never_indexed = false;
};

struct SeenRequest {
    std::int32_t stream_id = 0;
    int connection = 0;  ///< 1 is the first
    std::string method, path, authority;
    std::vector<SeenHeader> headers;  ///< without pseudo-headers
    std::string body;
    const SeenHeader* find(std::string_view name) const;
};

/// One client's connection. Confined to its own thread, on which the script's functions run.
class H2TestConnection {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;
    virtual ~H2TestConnection() = default;
    virtual int number() const = 0;  ///< 1 is the first
    virtual void answer(std::int32_t stream_id, int status, const Headers& headers = {},
                        const std::string& body = {}, const Headers& trailers = {}) = 0;
    virtual void inform(std::int32_t stream_id, int status) = 0;  ///< 1xx
    virtual void reset(std::int32_t stream_id, std::uint32_t code) = 0;
    virtual void goaway(std::int32_t last_stream_id, std::uint32_t code,
                        const std::string& debug = {}) = 0;
    virtual void settings(std::uint32_t max_streams) = 0;
    virtual void initialWindow(std::uint32_t bytes) = 0;  ///< of streams, for the client to send
    virtual void raw(const std::string& bytes) = 0;       ///< past nghttp2
    virtual void updateKeys(int count) = 0;               ///< of TLS 1.3
    virtual void close() = 0;                             ///< at once
    virtual void mute() = 0;  ///< the connection stays, but nothing is read any more
    virtual std::uint32_t openStreams() const = 0;
};

struct H2Script {
    enum class Greeting {
        Settings,  ///< as a server should
        Silence,   ///< TLS, then nothing
        NoTls,     ///< TCP, then nothing
        Garbage,   ///< TLS, then no HTTP/2
        Close,     ///< TLS, then the end
    };
    Greeting greeting = Greeting::Settings;
    std::string alpn = "h2";  ///< empty: none
    std::optional<std::uint32_t> max_streams = 100;
    std::string client_ca;  ///< PEM; not empty: a client certificate of this authority is demanded
    std::function<void(H2TestConnection&)> connected;
    /// Null: 200 with an empty body.
    std::function<void(H2TestConnection&, const SeenRequest&)> request;
};

/// Listens on 127.0.0.1 from construction to destruction, each connection with a thread of its own.
class H2TestServer {
  public:
    H2TestServer(CertificatePem certificate, H2Script script);
    ~H2TestServer();
    H2TestServer(const H2TestServer&) = delete;
    H2TestServer& operator=(const H2TestServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::string origin() const { return "https://127.0.0.1:" + std::to_string(port_); }
    /// Runs `action` for each open connection, on its thread; does not wait.
    void each(std::function<void(H2TestConnection&)> action);

    int connections() const { return connections_; }
    int openConnections() const { return open_connections_; }
    int resumed() const { return resumed_; }  ///< TLS sessions
    int pings() const { return pings_; }      ///< of clients
    std::vector<SeenRequest> requests() const;
    std::uint32_t peakStreams() const {
        return peak_streams_;
    }  ///< of one connection, since resetPeak()
    void resetPeak() { peak_streams_ = 0; }

  private:
    class Connection;
    void accept();

    const CertificatePem certificate_;
    const H2Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::atomic<int> open_connections_{0};
    std::atomic<int> resumed_{0};
    std::atomic<int> pings_{0};
    std::atomic<std::uint32_t> peak_streams_{0};
    mutable std::mutex mutex_;  // guards the next two
    std::vector<SeenRequest> requests_;
    std::list<std::unique_ptr<Connection>> accepted_;
    std::thread thread_;
};

/// Takes a free port of 127.0.0.1 and lets it go: no server listens there.
std::uint16_t unusedPort();

}  // namespace postbell::test
