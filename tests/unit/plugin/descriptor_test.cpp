// SPDX-License-Identifier: Apache-2.0
#include "plugin/descriptor.h"

#include <string>

#include <catch2/catch.hpp>

#include "plugin/plugin_error.h"
#include "postbell/backend.hpp"
#include "postbell/provider.hpp"

using namespace postbell::plugin;
using Catch::Contains;

namespace {

class Quiet : public postbell::Backend {
  public:
    explicit Quiet(postbell::Host) {}
    const std::vector<postbell_route>& routes() const override { return routes_; }
    void handle(const postbell::Request&, postbell::Reply&) override {}

  private:
    std::vector<postbell_route> routes_;
};

constexpr const auto& kBackendTable = postbell::detail::BackendGlue<Quiet>::table;

postbell_plugin good() {
    return postbell::detail::descriptor<postbell::detail::BackendInstance<Quiet>,
                                        POSTBELL_KIND_BACKEND>(
        {"com.example.quiet", "Quiet", "Example", "1", "Apache-2.0", "", R"({"type": "object"})"},
        &kBackendTable);
}

std::string refusal(const postbell_plugin& raw) {
    try {
        const Descriptor descriptor(raw, "quiet.so");
    } catch (const PluginError& e) {
        return e.what();
    }
    return "good";
}

/// good() with one field changed.
template <class Field, class Value>
std::string refusalWith(Field field, Value value) {
    postbell_plugin raw = good();
    raw.*field = value;
    return refusal(raw);
}

}  // namespace

TEST_CASE("a complete descriptor is good", "[plugin]") {
    const postbell_plugin raw = good();
    const Descriptor descriptor(raw, "quiet.so");

    CHECK(descriptor.id() == "com.example.quiet");
    CHECK(descriptor.version() == "1");
    CHECK(descriptor.platforms().empty());
    CHECK_FALSE(descriptor.neverBlocks());
}

TEST_CASE("a config schema has none of the gateway's own keys", "[plugin]") {
    CHECK_THAT(refusalWith(&postbell_plugin::config_schema,
                           R"({"properties": {"instance": {"type": "string"}}})"),
               Contains("the key \"instance\", which is the gateway's"));
    CHECK(refusalWith(&postbell_plugin::config_schema,
                      R"({"properties": {"endpoint": {"type": "string"}}})") == "good");
}

TEST_CASE("a descriptor's texts must be there, bounded and UTF-8", "[plugin]") {
    const std::string long_text(200, 'x');

    CHECK_THAT(refusalWith(&postbell_plugin::id, nullptr),
               Contains("quiet.so is refused") && Contains("no usable id"));
    CHECK_THAT(refusalWith(&postbell_plugin::id, "Com Example"), Contains("reverse domain name"));
    CHECK_THAT(refusalWith(&postbell_plugin::name, ""), Contains("no usable name"));
    CHECK_THAT(refusalWith(&postbell_plugin::vendor, long_text.c_str()),
               Contains("no usable vendor"));
    CHECK_THAT(refusalWith(&postbell_plugin::version, "\xff"), Contains("no usable version"));
    CHECK_THAT(refusalWith(&postbell_plugin::license, nullptr), Contains("no usable license"));
    CHECK_THAT(refusalWith(&postbell_plugin::url, nullptr), Contains("no usable url"));
}

TEST_CASE("a config schema must be a JSON Schema of an object", "[plugin]") {
    const auto schema = [](const char* text) {
        return refusalWith(&postbell_plugin::config_schema, text);
    };
    const std::string huge(70'000, ' ');
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += R"({"not":)";

    CHECK(schema("{}") == "good");
    CHECK(
        schema(
            R"({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/b"}},
                     "definitions": {"b": {"type": "string"}}})") == "good");
    CHECK_THAT(schema(nullptr), Contains("no config schema"));
    CHECK_THAT(schema(huge.c_str()), Contains("no config schema"));
    CHECK_THAT(schema("{"), Contains("it is not JSON"));
    CHECK_THAT(schema("[]"), Contains("no JSON Schema of an object"));
    CHECK_THAT(schema(R"({"type": "array"})"), Contains("no JSON Schema of an object"));
    CHECK_THAT(schema(R"({"properties": {"a": {"type": "strnig"}}})"), Contains("strnig"));
    CHECK_THAT(schema(R"({"properties": {"a": {"minLength": "x"}}})"), Contains("cannot be used"));
    CHECK_THAT(schema(R"({"properties": {"a": {"$ref": "https://example.com/x"}}})"),
               Contains("another document"));
    CHECK_THAT(schema(R"({"properties": {"a": {"pattern": "("}}})"), Contains("pattern"));
    CHECK_THAT(schema(R"({"properties": []})"), Contains("cannot be used"));
    CHECK_THAT(schema(R"({"required": "a"})"), Contains("cannot be used"));
    CHECK_THAT(schema(deep.c_str()), Contains("nested deeper"));
}

TEST_CASE("every function must be there", "[plugin]") {
    CHECK_THAT(refusalWith(&postbell_plugin::create, nullptr), Contains("lacks one of create"));
    CHECK_THAT(refusalWith(&postbell_plugin::extension, nullptr), Contains("lacks one of create"));
    CHECK_THAT(refusalWith(&postbell_plugin::start, nullptr), Contains("lacks one of create"));
    CHECK_THAT(refusalWith(&postbell_plugin::stop, nullptr), Contains("lacks one of create"));
    CHECK_THAT(refusalWith(&postbell_plugin::destroy, nullptr), Contains("lacks one of create"));
    CHECK_THAT(refusalWith(&postbell_plugin::table, nullptr), Contains("has no table"));

    postbell_backend_v0 table = kBackendTable;
    table.handle = nullptr;
    CHECK_THAT(refusalWith(&postbell_plugin::table, &table),
               Contains("lacks a function in its table"));
    table = kBackendTable;
    table.size = 8;
    CHECK_THAT(refusalWith(&postbell_plugin::table, &table), Contains("a table of 8 bytes"));
    table = kBackendTable;
    table.size += 64;  // of a later minor: more than this gateway reads
    CHECK(refusalWith(&postbell_plugin::table, &table) == "good");
}

TEST_CASE("bits that this gateway does not know are harmless", "[plugin]") {
    postbell_plugin raw = good();
    raw.needs = ~0u;
    raw.flags = ~0u & ~std::uint32_t{POSTBELL_NEVER_BLOCKS};

    CHECK(refusal(raw) == "good");
    CHECK_FALSE(Descriptor(raw, "x").neverBlocks());
    CHECK(Descriptor(raw, "x").devicesNameOrigin());
}

TEST_CASE("a descriptor of version 1 stays long enough, whatever is appended", "[plugin]") {
    postbell_backend_v0 table = kBackendTable;
    table.size = POSTBELL_BACKEND_V1_SIZE;
    CHECK(refusalWith(&postbell_plugin::table, &table) == "good");
    table.size = POSTBELL_BACKEND_V1_SIZE - 1;
    CHECK_THAT(refusalWith(&postbell_plugin::table, &table), Contains("at least 32 are expected"));
}

TEST_CASE("a provider names its platforms", "[plugin]") {
    postbell_provider_v0 table{};
    table.size = sizeof table;
    postbell_plugin raw = good();
    raw.kind = POSTBELL_KIND_PROVIDER;
    raw.table = &table;
    raw.platforms = "ios";
    CHECK_THAT(refusal(raw), Contains("lacks a function in its table"));

    table = {sizeof table,
             [](void*, std::size_t*) noexcept -> const postbell_str* { return nullptr; },
             [](void*, postbell_str, void (*)(void*, const postbell_token_check*) noexcept,
                void*) noexcept { return 0; },
             [](void*, const postbell_credential_file*, std::int64_t,
                void (*)(void*, const postbell_credential_report*) noexcept,
                void*) noexcept { return 0; },
             [](void*, const postbell_credential_file*, void**) noexcept { return 0; },
             [](void*, void*) noexcept {},
             [](void*, void*, std::int64_t, postbell_authorization*) noexcept { return 0; },
             [](void*, void*, const postbell_response*, std::int64_t,
                postbell_authorization*) noexcept { return 0; },
             [](void*, void*, const postbell_push*, std::int64_t, postbell_http_request*) noexcept {
                 return 0;
             },
             [](void*, void*, const postbell_push*, const postbell_response*, std::int64_t,
                postbell_outcome*) noexcept { return 0; }};
    CHECK(refusal(raw) == "good");
    raw.platforms = " ios  android ";
    CHECK(Descriptor(raw, "x").platforms() == std::vector<std::string>{"ios", "android"});
    raw.credential_schema = "[]";
    CHECK_THAT(refusal(raw), Contains("has a credential schema that cannot be used"));
    raw.credential_schema = nullptr;
    raw.app_schema = "{";
    CHECK_THAT(refusal(raw), Contains("has a app schema that cannot be used: it is not JSON"));
    raw.app_schema = R"({"properties": {"topic": {"type": "string"}}})";
    CHECK(Descriptor(raw, "x").appSchema().settings().at(0).name == "topic");
    CHECK_FALSE(Descriptor(raw, "x").credentialSchema().present());
    raw.app_schema = R"({"properties": {"key": {"writeOnly": true}}})";
    CHECK_THAT(refusal(raw), Contains("makes a secret of \"key\""));
    raw.app_schema = nullptr;
    for (const char* none : {static_cast<const char*>(nullptr), "", " ", "iOS", "a/b"}) {
        raw.platforms = none;
        CHECK_THAT(refusal(raw), Contains("platform"));
    }
}
