// SPDX-License-Identifier: Apache-2.0
// What the tests of backends' plugins share.
#pragma once
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "postbell/testing/fake_reply.hpp"
#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::test {

constexpr int kThreads = 4;
constexpr int kPosts = 200;

/// A backend as a gateway runs it, and what a mail server sends to it.
class RunningBackend {
  public:
    /// `content_type` is what the mail server's POSTs say they are.
    RunningBackend(const std::string& file, std::string content_type)
        : content_type_(std::move(content_type)), plugin_(file), instance_(plugin_, host) {}

    /// The status that the plugin returned.
    postbell_status handle(testing::FakeRequest& request, testing::FakeReply& reply) {
        const postbell_request raw = request.raw();
        return instance_.table<postbell_backend_v0>().handle(instance_.self(), &raw, reply.raw());
    }
    void post(const std::string& body, testing::FakeReply& reply) {
        testing::FakeRequest request;
        request.headers = {{"content-type", content_type_}};
        request.body = body;
        REQUIRE(handle(request, reply) == POSTBELL_OK);
    }
    testing::FakeHost host;

  private:
    const std::string content_type_;
    testing::LoadedPlugin plugin_;
    testing::PluginInstance instance_;
};

/// How many of `kPosts` messages from each of `kThreads` threads at once are answered as `is_good`
/// says.
template <class IsGood>
int goodAnswersAtOnce(RunningBackend& backend, const std::string& body, IsGood&& is_good) {
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < kPosts; ++n) {
                testing::FakeReply reply;
                testing::FakeRequest request;
                request.body = body;
                if (backend.handle(request, reply) == POSTBELL_OK && is_good(reply)) ++good;
            }
        });
    for (std::thread& thread : threads) thread.join();
    return good;
}

}  // namespace postbell::test
