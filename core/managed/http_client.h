// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 for managed tasks: few requests, to any HTTP server. docs/decisions/managed-backends.md
// says why the engine of the push networks does not serve them.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugin/http_request.h"
#include "util/time.h"

namespace postbell::managed {

using HttpCall = plugin::HttpRequest;

struct HttpAnswer {
    int status = 0;                                            ///< 0: no answer came
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;                                          ///< at most 1 MiB
    std::string detail;                                        ///< for people: the failure
};

struct HttpSettings {
    std::string proxy;    ///< "http://host:port"; empty: none
    std::string ca_file;  ///< PEM, followed as it changes; empty: the system's
    std::string user_agent = "postbell";
    unsigned threads = 16;
    std::size_t queue = 2'000;
    /// Real time, of each wait for the network. A whole exchange has twice as much.
    util::Milliseconds timeout{15'000};
};

/// Thread-safe. Connections are kept between calls, one call on each at a time.
class HttpClient {
  public:
    /// Told of an exchange that was cut off since its time was over; on any thread.
    using Late = std::function<void(const std::string& origin)>;

    explicit HttpClient(HttpSettings settings, Late late = {});
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// `done` is called once: on a thread of the client, or here if the queue is full.
    void send(HttpCall call, std::function<void(HttpAnswer)> done);
    /// Cuts calls under way off, ends queued calls without an answer, and ends the threads.
    void stop();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace postbell::managed
