// The backend as a gateway runs it, without one. Argument: the plugin's file.
#include <postbell/testing/fake_reply.hpp>
#include <postbell/testing/loaded_plugin.hpp>

#include "check.h"

using namespace postbell::testing;

namespace {

postbell_status post(const PluginInstance& instance, const std::string& body, FakeReply& reply) {
    FakeRequest request;
    request.body = body;
    const postbell_request raw = request.raw();
    return instance.table<postbell_backend_v0>().handle(instance.self(), &raw, reply.raw());
}

}  // namespace

int main(int, char** arguments) {
    const LoadedPlugin plugin(arguments[1]);
    const FakeHost host;
    const PluginInstance instance(plugin, host);
    FakeReply reply, gone, wrong;

    CHECK(post(instance, "subscription-1 7", reply) == POSTBELL_OK);
    CHECK(reply.events.at(0).subscription == "subscription-1");
    CHECK(reply.events.at(0).unread == 7);
    CHECK(reply.status == 200);

    gone.known = false;
    CHECK(post(instance, "subscription-1 7", gone) == POSTBELL_OK);
    CHECK(gone.status == 410);

    CHECK(post(instance, "nonsense", wrong) == POSTBELL_EINVAL);
    CHECK(wrong.sentence == "\"SUBSCRIPTION UNREAD\" is expected");
    CHECK(wrong.events.empty());
    CHECK(host.counted("example_bell_posts") == 2);
}
