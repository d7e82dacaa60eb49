// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "config/config.h"
#include "plugin/section_schema.h"

using namespace postbell;
using Catch::Contains;

namespace {

constexpr const char* kSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["tenant_id"],
  "properties": {
    "tenant_id": {"type": "string", "description": "the directory's id"},
    "cloud": {"enum": ["global", "usgov"]},
    "minutes": {"type": "integer", "minimum": 1, "maximum": 60},
    "client_secret": {"type": "string", "maxLength": 4},
    "hosts": {"type": "array", "items": {"type": "string", "pattern": "^[a-z.]+$"}},
    "limits": {"type": "object", "additionalProperties": false,
               "properties": {"deep": {"type": "boolean"}}},
    "graph_endpoint": {"$ref": "#/definitions/text"}},
  "definitions": {"text": {"type": "string"}}})";

/// All messages about the own keys `keys`, which begin at line 6.
std::string problems(const std::string& keys) {
    const auto config = config::parse(
        "[secrets]\nmaster_key_env = \"K\"\n[[backend]]\ninstance = \"o\"\nplugin = "
        "\"office365\"\n" +
            keys,
        "p.toml");
    auto found = plugin::checkSection(plugin::parseSchema(kSchema), config.backends.at(0));
    return found.empty() ? "good" : config::ConfigError("p.toml", found).what();
}

}  // namespace

TEST_CASE("a section that the plugin's schema accepts is good", "[plugin]") {
    CHECK(problems("tenant_id = \"t\"\ncloud = \"usgov\"\nminutes = 60\nhosts = [\"a.b\"]\n"
                   "limits = {deep = true}\ngraph_endpoint = \"\"\n") == "good");
}

TEST_CASE("a value that the schema does not accept is told with line, key and accepted values",
          "[plugin]") {
    const std::string id = "tenant_id = \"t\"\n";

    CHECK(problems(id + "minutes = 61\n") ==
          "p.toml:7:11: [[backend]] \"o\" minutes: found the number 61; accepted is a whole number "
          "from 1 to 60");
    CHECK(problems(id + "cloud = \"moon\"\n") ==
          "p.toml:7:9: [[backend]] \"o\" cloud: found the text \"moon\"; accepted is \"global\" or "
          "\"usgov\"");
    CHECK_THAT(problems(""), Contains("p.toml:3:1: [[backend]] \"o\" tenant_id: it is missing; "
                                      "accepted is a text (the directory's id)"));
    CHECK_THAT(problems("tenant_id = 5\n"),
               Contains("p.toml:6:13:") && Contains("found the number 5"));
    CHECK_THAT(problems(id + "minutes = 1.5\n"), Contains("found the number 1.5"));
    CHECK_THAT(problems(id + "hosts = [\"a\", \"B\"]\n"),
               Contains("p.toml:7:15: [[backend]] \"o\" hosts/1: found the text \"B\"") &&
                   Contains("of the pattern"));
    CHECK_THAT(problems(id + "limits = {deep = 1}\n"),
               Contains("limits/deep: found the number 1; accepted is true or false"));
    CHECK_THAT(problems(id + "graph_endpoint = 1\n"), Contains("accepted is a text"));
}

TEST_CASE("a key that the plugin does not know is refused, also where it is not set", "[plugin]") {
    const std::string id = "tenant_id = \"t\"\n";

    CHECK_THAT(problems(id + "clowd = \"global\"\n"),
               Contains("p.toml:7:9: [[backend]] \"o\": the key \"clowd\" is not known. Did you "
                        "mean \"cloud\"?"));
    CHECK_THAT(problems(id + "grph_endpoint = \"\"\n"),
               Contains("Did you mean \"graph_endpoint\"?"));
    CHECK_THAT(problems(id + "limits = {depth = true}\n"), Contains("limits: found a table"));
}

TEST_CASE("all problems of a section are told, and no secret", "[plugin]") {
    const std::string all = problems("cloud = 1\nminutes = 0\nclient_secret = \"hunter22\"\n");

    CHECK(std::count(all.begin(), all.end(), '\n') == 3);
    CHECK_THAT(all, Contains("client_secret: found a text;") && !Contains("hunter22"));
}
