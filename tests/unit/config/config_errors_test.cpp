// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "config/config.h"

using namespace postbell::config;
using Catch::Contains;

namespace {

const std::string kSecrets = "[secrets]\nmaster_key_env = \"KEY\"\n";

/// All messages of a text that begins behind kSecrets: at line 3.
std::string errorsOf(const std::string& text) {
    try {
        parse(kSecrets + text, "p.toml");
    } catch (const ConfigError& e) {
        return e.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("an unknown key is refused with its place and the nearest known one", "[config]") {
    CHECK(errorsOf("[listener.mailbox]\nadress = \"127.0.0.1:1\"\n") ==
          "p.toml:4:1: [listener.mailbox]: the key \"adress\" is not known. Did you mean "
          "\"address\"?");
    CHECK_THAT(errorsOf("[gatewya]\nregion = \"x\"\n"),
               Contains("p.toml:3:") && Contains("\"gateway\"?"));
    CHECK_THAT(errorsOf("[listener.mailboxes]\n"), Contains("\"mailbox\"?"));
    CHECK_THAT(errorsOf("[store]\nzzzzzzzzzzzz = 1\n"), Contains("Known are \"url\"."));
    CHECK_THAT(errorsOf("[listener.mailbox]\ncheck_every_seconds = 5\n"), Contains("is not known"));
}

TEST_CASE("a wrong type or an impossible value names what was found and what is accepted",
          "[config]") {
    CHECK(errorsOf("[listener.mailbox]\nreactors = 9\n") ==
          "p.toml:4:12: [listener.mailbox] reactors: found the number 9; accepted is a whole "
          "number from 1 to 8");
    CHECK_THAT(errorsOf("[listener.mailbox]\nreactors = \"2\"\n"),
               Contains("found the text \"2\""));
    CHECK_THAT(errorsOf("[listener.mailbox]\nreactors = 2.0\n"), Contains("found the number 2.0;"));
    CHECK_THAT(errorsOf("[listener.mailbox]\nreactors = [1]\n"), Contains("found an array"));
    CHECK_THAT(errorsOf("[log]\nlevel = \"wraning\"\n"),
               Contains("accepted is \"debug\", \"info\", \"warning\" or \"error\". Did you mean "
                        "\"warning\"?"));
    CHECK_THAT(errorsOf("[log]\nformat = 1\n"), Contains("found the number 1"));
    CHECK_THAT(errorsOf("[gateway]\nregion = \"a b\"\n"), Contains("[gateway] region"));
    CHECK_THAT(errorsOf("[gateway]\nregion = 1979-05-27\n"), Contains("found a date or time"));
    CHECK_THAT(errorsOf("[gateway]\nclock_speed = nan\n"), Contains("a number from 1 to"));
    CHECK_THAT(errorsOf("[gateway]\nclock_speed = 0\n"), Contains("a number from 1 to"));
    CHECK_THAT(errorsOf("[listener]\nmailbox = 1\n"),
               Contains("accepted is a section [listener.mailbox]"));
    CHECK_THAT(errorsOf("[[store]]\nurl = \"\"\n"), Contains("found several tables"));
    CHECK_THAT(errorsOf("[log]\nfile = \"a\\u0000b\"\n"), Contains("control characters"));
    CHECK_THAT(errorsOf("[dispatch]\nretry_max_ms = -1\n"), Contains("retry_max_ms"));
}

TEST_CASE("everything that is wrong is told at once, in the file's order", "[config]") {
    const std::string errors = errorsOf(
        "[log]\nlevel = 1\nfile = 2\n[gateway]\nregion = 3\nregionn = 4\n[listener.admin]\naddress "
        "= 5\n");

    std::vector<std::size_t> at;
    for (const char* place : {"p.toml:4:", "p.toml:5:", "p.toml:7:", "p.toml:8:", "p.toml:10:"})
        at.push_back(errors.find(place));
    CHECK(std::is_sorted(at.begin(), at.end()));
    CHECK(at.back() != std::string::npos);
    CHECK(std::count(errors.begin(), errors.end(), '\n') == 4);
}

TEST_CASE("addresses, URLs and TLS files must fit together", "[config]") {
    const auto mailbox = [](const std::string& keys) {
        return errorsOf("[listener.mailbox]\n" + keys);
    };

    CHECK_THAT(mailbox("address = \"mail.example.com:1\"\n"), Contains("an IP address and a port"));
    CHECK_THAT(mailbox("address = \"127.0.0.1:99999\"\n"), Contains("1 to 65535"));
    CHECK_THAT(mailbox("address = \"127.0.0.1:8443\"\n"),
               Contains("127.0.0.1:8443 is taken by [listener.registration]"));
    CHECK_THAT(mailbox("address = \"[::]:8445\"\npublic_url = \"https://a\"\n"),
               Contains("[listener.admin] address: 127.0.0.1:8445 is taken"));
    CHECK_THAT(mailbox("address = \"0.0.0.0:1\"\n"), Contains("public_url: it is missing"));
    CHECK_THAT(mailbox("public_url = \"listener.example.com\"\n"), Contains("an https URL"));
    CHECK_THAT(mailbox("public_url = \"https://a/listener\"\n"),
               Contains("a URL without a path: https://a"));
    CHECK_THAT(mailbox("public_url = \"https://u:p@a\"\n"), Contains("an https URL"));
    CHECK_THAT(mailbox("address = \"0.0.0.0:1\"\npublic_url = \"http://127.0.0.1\"\n"),
               Contains("http:// only"));
    CHECK_THAT(mailbox("public_url = \"http://a.example.com\"\n"), Contains("http:// only"));
    CHECK(mailbox("public_url = \"http://localhost:8444/\"\n") == "none");
    CHECK(mailbox("public_url = \"https://behind.a.proxy\"\n") == "none");
    CHECK_THAT(mailbox("tls_certificate = \"a\"\n"), Contains("tls_key is missing"));
    CHECK_THAT(mailbox("tls_key = \"a\"\ntls_certificate = \"\"\n"),
               Contains("tls_certificate is missing"));
}

TEST_CASE("a sped-up clock is refused where a listener is open to others", "[config]") {
    CHECK_THAT(errorsOf("[gateway]\nclock_speed = 2\n[listener.mailbox]\naddress = \"0.0.0.0:1\"\n"
                        "public_url = \"https://a\"\n"),
               Contains("p.toml:4:15: [gateway] clock_speed") &&
                   Contains("[listener.mailbox] is on 0.0.0.0:1"));
}

TEST_CASE("there is exactly one master key", "[config]") {
    CHECK_THAT(errorsOf("master_key_file = \"/k\"\n"), Contains("accepted is one of them"));
    try {
        parse("", "p.toml");
        FAIL("no master key");
    } catch (const ConfigError& e) {
        CHECK_THAT(e.what(), Contains("p.toml: [secrets]: the master key is missing"));
    }
    try {
        parse("[secrets]\nmaster_key_env = \"c2VjcmV0IHNlY3JldA==\"", "p.toml");
        FAIL("a key in place of a name");
    } catch (const ConfigError& e) {
        CHECK_THAT(e.what(), Contains("not the key itself") && !Contains("c2VjcmV0"));
    }
}

TEST_CASE("a proxy is a URL of one form", "[config]") {
    for (const char* proxy :
         {"proxy:8080", "https://proxy:8080", "http://proxy", "http://me:pw@proxy:8080"})
        CHECK_THAT(errorsOf("[egress]\nproxy = \"" + std::string(proxy) + "\"\n"),
                   Contains("http://host:port") && !Contains("me:pw"));
}

TEST_CASE("an error of TOML syntax is told with its place", "[config]") {
    CHECK_THAT(errorsOf("[log]\nlevel = debug\n"),
               Contains("p.toml:4:") && Contains("this is not TOML"));
    CHECK_THAT(errorsOf("[log]\nlevel = \"info\"\nlevel = \"info\"\n"), Contains("p.toml:5:"));
    CHECK_THAT(errorsOf("a = \"\xff\"\n"), Contains("not TOML"));
    CHECK_THAT(errorsOf(std::string("a = 1\n\0b", 8)), Contains("not TOML"));
    CHECK_THAT(errorsOf("a = " + std::string(10'000, '[')), Contains("not TOML"));
}

TEST_CASE("a section's name that is none is told with its place", "[config]") {
    for (const char* text :
         {"[=]", "[", "[[", "[[=]]", "[ \t", "[a.", "[a.=]", "[.a]", "[]", "[[]]", "[\n]", "[#]",
          "[,", "[{}]", "[\x7f]", "[\xff]", "[\xc3\xa9]"}) {
        INFO(text);
        const std::string told = errorsOf(std::string(text) + "\n");
        CHECK_THAT(told, Contains("p.toml:3:") && Contains("this is not TOML"));
    }
    CHECK_THAT(errorsOf("[="), Contains("p.toml:3:2:") && Contains("saw '='"));
}

TEST_CASE("tables are read up to a depth that no config needs, and refused beyond", "[config]") {
    std::string deep = "a";
    while (deep.size() < 2'000) deep += ".a";
    CHECK_THAT(errorsOf(deep + " = 1\n"), Contains("the key \"a\" is not known"));
    CHECK_THAT(errorsOf("[" + deep + "]\n"), Contains("the key \"a\" is not known"));

    while (deep.size() < 60'000) deep += ".a";
    CHECK_THAT(errorsOf(deep + " = 1\n"), Contains("p.toml:3:1: more than 1000 dots in one line"));
    CHECK_THAT(errorsOf("[" + deep + "]\n"), Contains("more than 1000 dots in one line"));
    CHECK_THAT(errorsOf(std::string(64 * 1024, '#')), Contains("larger than 64 KiB"));
}

TEST_CASE("a file that cannot be read is refused with a sentence", "[config]") {
    const auto folder = std::filesystem::temp_directory_path();

    CHECK_THROWS_WITH(
        load("/no/such/postbell.toml"),
        Contains("/no/such/postbell.toml: cannot be read: No such file or directory") &&
            Contains("postbell init"));
    CHECK_THROWS_WITH(load(folder), Contains("is a folder, and no file"));

    const auto file = folder / ("postbell_config_test." + std::to_string(::getpid()));
    std::ofstream(file) << std::string(1024 * 1024, '#');
    CHECK_THROWS_WITH(load(file), Contains("larger than 64 KiB"));
    std::filesystem::remove(file);
}
