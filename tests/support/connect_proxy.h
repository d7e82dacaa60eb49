// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postbell::test {

/// An HTTP CONNECT proxy on 127.0.0.1. With an `answer` it gives that to every request; without, it
/// tunnels.
class ConnectProxy {
  public:
    explicit ConnectProxy(std::string answer = {});
    ~ConnectProxy();
    ConnectProxy(const ConnectProxy&) = delete;
    ConnectProxy& operator=(const ConnectProxy&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::vector<std::string> requestLines() const;

  private:
    void accept();
    void serve(int client);

    const std::string answer_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards the next three
    std::vector<std::string> request_lines_;
    std::vector<int> sockets_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
    std::thread thread_;
};

}  // namespace postbell::test
