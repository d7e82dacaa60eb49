// SPDX-License-Identifier: Apache-2.0
// What the tests of backends' plugins share.
#pragma once
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "postbell/testing/fake_reply.hpp"
#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::test {

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

/// The sentence with which a plugin refuses its config; empty if it does not.
inline std::string refusalOf(const std::string& file, const char* key, const std::string& value) {
    const testing::LoadedPlugin plugin(file);
    testing::FakeHost host;
    host.setConfig(key, value);
    try {
        const testing::PluginInstance instance(plugin, host);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace postbell::test
