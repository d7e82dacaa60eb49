// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "options.h"

namespace http2_simulator {

struct ControlRequest {
    std::string method;
    std::string path;
    std::map<std::string, std::string> query;
    std::string body;
};

struct ControlAnswer {
    int status = 200;
    std::string body;
};

/// HTTP/1.1 as far as curl and Python's http.client speak it: Content-Length bodies, keep-alive,
/// one thread for each of the few connections. For tests on this machine; what it does not
/// understand it answers 400 and hangs up.
class ControlServer {
  public:
    using Handler = std::function<ControlAnswer(const ControlRequest&)>;

    /// `handler` is called from several threads. Throws std::system_error.
    ControlServer(const Address& address, Handler handler);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    std::uint16_t port() const { return port_; }

  private:
    struct Client {
        int fd;
        bool done = false;
        std::thread thread;
    };

    void acceptLoop();
    void serve(int fd) const;
    void joinFinished();

    Handler handler_;
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::mutex clients_mutex_;
    std::list<Client> clients_;
    std::thread thread_;
};

}  // namespace http2_simulator
