// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"
#include "app/wrong_word.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

using namespace postbell::app;
using Kind = Invocation::Kind;
using Words = std::vector<std::string>;

namespace {

struct Outcome {
    Parsed parsed;
    std::string out, error;
};

Outcome parse(Words words) {
    words.insert(words.begin(), "postbell");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    std::ostringstream out, error;
    std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
    std::streambuf* const old_error = std::cerr.rdbuf(error.rdbuf());
    Outcome outcome{parseCommandLine(static_cast<int>(argv.size()), argv.data()), {}, {}};
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_error);
    outcome.out = out.str();
    outcome.error = error.str();
    return outcome;
}

Invocation accepted(Words words) {
    const Outcome outcome = parse(std::move(words));
    CAPTURE(outcome.error);
    REQUIRE(outcome.parsed.invocation);
    return *outcome.parsed.invocation;
}

/// Removed at the end.
class File {
  public:
    explicit File(const std::string& content)
        : path_(std::filesystem::temp_directory_path() /
                ("postbell-cli-" + std::to_string(::getpid()) + "-" +
                 std::to_string(content.size()))) {
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~File() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a command is a value, and --config and --json may stand anywhere", "[app]") {
    CHECK(accepted({"serve"}).kind == Kind::Serve);
    CHECK(accepted({"serve"}).config == "/etc/postbell/postbell.toml");
    for (const Words& words : {Words{"--json", "--config", "p.toml", "check"},
                               Words{"check", "--config", "p.toml", "--json"}}) {
        const Invocation check = accepted(words);
        CHECK(check.kind == Kind::Check);
        CHECK(check.config == "p.toml");
        CHECK(check.json);
    }
    CHECK(accepted({"init", "here"}).path == "here");
    CHECK(accepted({"master-key", "new", "file"}).kind == Kind::MasterKeyNew);
}

TEST_CASE("a command for the admin service becomes a call with its arguments", "[app]") {
    const Invocation add = accepted(
        {"app", "add", "--tenant", "acme", "--app", "com.example.mail", "--platform", "ios"});
    CHECK(add.kind == Kind::Admin);
    CHECK(add.admin_call == "app/add");
    CHECK(add.arguments ==
          nlohmann::json{{"tenant", "acme"}, {"app", "com.example.mail"}, {"platform", "ios"}});
    CHECK(accepted({"tenant", "list"}).arguments == nlohmann::json::object());
    CHECK(accepted({"push", "test", "--registration", "r", "--badge", "7"}).arguments["badge"] ==
          7);
}

TEST_CASE("one registration is removed by its id, many by state and age", "[app]") {
    CHECK(accepted({"registration", "remove", "r"}).arguments ==
          nlohmann::json{{"registration", "r"}});
    CHECK(accepted({"registration", "remove", "--state", "waiting", "--older-than", "1d",
                    "--tenant", "acme"})
              .arguments ==
          nlohmann::json{{"state", "waiting"}, {"older_than", "1d"}, {"tenant", "acme"}});
}

TEST_CASE("an app's style and the overlap of its keys are arguments", "[app]") {
    const Words app{"--tenant", "t", "--app", "a"};
    const auto with = [&](Words words, const Words& more) {
        words.insert(words.end(), app.begin(), app.end());
        words.insert(words.end(), more.begin(), more.end());
        return accepted(words).arguments;
    };
    CHECK(with({"app", "set"}, {"--style", "alert"})["style"] == "alert");
    CHECK(with({"app", "rotate-key"}, {"--overlap", "30d"})["overlap"] == "30d");
}

TEST_CASE("files that an option names are read here", "[app]") {
    const File key("\x01\x02"), password("secret\r\nsecond line");

    const Invocation add =
        accepted({"credential", "add", "--tenant", "t", "--app", "a", "--provider", "apns",
                  "--file", key.path(), "--password-file", password.path(), "--key-id", "K"});

    CHECK(add.arguments["content"] == "AQI=");
    CHECK(add.arguments["password"] == "secret");
    CHECK(add.arguments["settings"]["key-id"] == "K");
}

TEST_CASE("a password file is UTF-8, or refused with a sentence that says what it is", "[app]") {
    const auto given = [](const std::string& content) {
        const File key("k"), password(content);
        return parse({"credential", "add", "--tenant", "t", "--app", "a", "--provider", "apns",
                      "--file", key.path(), "--password-file", password.path()});
    };
    SECTION("password-with-bom") {
        const Outcome outcome = given("\xef\xbb\xbfsecret\r\n");
        CHECK(outcome.parsed.invocation->arguments["password"] == "secret");
    }
    SECTION("password-utf16") {
        const std::string utf16("\xff\xfes\0e\0c\0r\0e\0t\0\r\0\n\0", 18);
        CHECK_THAT(given(utf16).error, Catch::Contains("UTF-16"));
        CHECK(given(utf16).parsed.exit_code == 2);
    }
    SECTION("password-cp1252") {
        CHECK_THAT(given("P\xe4ssw\xf6rt\x80").error, Catch::Contains("not UTF-8"));
    }
}

TEST_CASE("a credential may be settings alone", "[app]") {
    const Invocation add = accepted({"credential", "add", "--tenant", "t", "--app", "a",
                                     "--provider", "p", "--setting", "project=x"});

    CHECK_FALSE(add.arguments.contains("content"));
    CHECK(add.arguments["settings"]["project"] == "x");
}

TEST_CASE("a file that is no credential is refused with its name", "[app]") {
    const File huge(std::string(256 * 1024 + 1, 'x'));
    for (const std::string& file : {huge.path(), std::string("/no/such/file")}) {
        const Outcome outcome = parse({"credential", "add", "--tenant", "t", "--app", "a",
                                       "--provider", "apns", "--file", file});
        CHECK_FALSE(outcome.parsed.invocation);
        CHECK(outcome.parsed.exit_code == 2);
        CHECK(outcome.error.find(file) != std::string::npos);
    }
}

TEST_CASE("a wrong command line gives a problem and exit code 2, as JSON if asked to", "[app]") {
    for (const Words& words : {Words{"serv"}, Words{"app", "add", "--tenant", "acme"},
                               Words{"push", "test", "--registration", "r", "--badge", "x"}}) {
        const Outcome outcome = parse(words);
        CHECK_FALSE(outcome.parsed.invocation);
        CHECK(outcome.parsed.exit_code == 2);
        CHECK_FALSE(outcome.error.empty());

        Words with_json = words;
        with_json.push_back("--json");
        const Outcome as_json = parse(with_json);
        CHECK(as_json.parsed.exit_code == 2);
        CHECK(nlohmann::json::parse(as_json.out)["error"].contains("title"));
    }
}

TEST_CASE("a number that is none is refused with a sentence", "[app]") {
    const Outcome outcome = parse({"audit", "list", "--before", "abc"});
    CHECK(outcome.parsed.exit_code == 2);
    CHECK_THAT(outcome.error, Catch::Contains("--before") && Catch::Contains("a whole number"));
    CHECK(accepted({"audit", "list", "--before", "7"}).arguments["before"] == 7);
}

TEST_CASE("a call's sentence names arguments as the command line does", "[app]") {
    const Invocation remove = accepted({"registration", "remove", "--state", "waiting"});
    CHECK(inOptionWords("\"older_than\" is missing", remove.options) == "--older-than is missing");
    CHECK(inOptionWords("\"style\" or \"push_settings\" is missing", remove.options) ==
          "--style or --push-setting is missing");
    CHECK(inOptionWords("\"content\" is missing", remove.options) == "--file is missing");
    for (const char* as_it_is :
         {"there is no tenant \"style\"", "\"other\" is not known", "\"", ""})
        CHECK(inOptionWords(as_it_is, remove.options) == as_it_is);
}

TEST_CASE("help and the version are no errors", "[app]") {
    const Outcome version = parse({"--version"});
    CHECK(version.parsed.exit_code == 0);
    CHECK_FALSE(version.parsed.invocation);
    CHECK(version.out.find("postbell ") == 0);
    CHECK(parse({"--help"}).parsed.exit_code == 0);
}

TEST_CASE("an app's settings are set and taken away by name", "[app]") {
    const Invocation set =
        accepted({"app", "set", "--tenant", "t", "--app", "a", "--push-setting", "b=c=d",
                  "--push-setting", "e=", "--unset", "f", "--unset", "g"});

    CHECK(set.admin_call == "app/set");
    CHECK(set.arguments["push_settings"] ==
          nlohmann::json{{"b", "c=d"}, {"e", ""}, {"f", nullptr}, {"g", nullptr}});
    CHECK(parse({"app", "set", "--tenant", "t", "--app", "a", "--push-setting", "b"})
              .parsed.exit_code == 2);
}

TEST_CASE("a file that has no path is refused with a sentence", "[app]") {
    const Outcome empty = parse({"backup", ""});
    CHECK(empty.parsed.exit_code == 2);
    CHECK(empty.error == "postbell: an empty text names no file\n");

    const std::filesystem::path before = std::filesystem::current_path();
    const std::filesystem::path gone =
        std::filesystem::temp_directory_path() / ("postbell-gone-" + std::to_string(::getpid()));
    std::filesystem::create_directory(gone);
    std::filesystem::current_path(gone);
    std::filesystem::remove(gone);
    const Outcome relative = parse({"backup", "copy.db"});
    std::filesystem::current_path(before);

    CHECK(relative.parsed.exit_code == 2);
    CHECK_THAT(relative.error, Catch::Contains("copy.db has no whole path"));
}

TEST_CASE("a wrong word is named, with the word that was meant", "[app]") {
    const std::pair<Words, std::string> wrong[] = {
        {{"tennant", "list"}, "`postbell` has no command \"tennant\". Did you mean \"tenant\"?"},
        {{"--config", "x", "tenant", "lsit"},
         "`postbell tenant` has no command \"lsit\". Did you mean \"list\"?"},
        {{"app"}, "`postbell app` needs a command. There are \"add\""},
        {{"--config=", "tenant", "callback"}, "`postbell tenant callback` needs a command."},
        {{"push", "everything"}, "`postbell push` has no command \"everything\". There are"},
        {{"tenant", "list", "--jsno"}, "has no option \"--jsno\". Did you mean \"--json\"?"},
        {{"app", "add", "--tenat=acme"}, "has no option \"--tenat\". Did you mean \"--tenant\"?"}};
    for (const auto& [words, sentence] : wrong) {
        const Outcome outcome = parse(words);
        CHECK(outcome.parsed.exit_code == 2);
        CHECK_THAT(outcome.error, Catch::Contains(sentence));
    }
}

TEST_CASE("a bare call prints the help", "[app]") {
    const Outcome outcome = parse({});
    CHECK_FALSE(outcome.parsed.invocation);
    CHECK(outcome.parsed.exit_code == 2);
    CHECK_THAT(outcome.out, Catch::Contains("registration") && Catch::Contains("--config"));
}

TEST_CASE("the environment names the config, unless an option does", "[app]") {
    ::setenv("POSTBELL_CONFIG", "/from/environment.toml", 1);
    CHECK(accepted({"check"}).config == "/from/environment.toml");
    CHECK(accepted({"check", "--config", "mine.toml"}).config == "mine.toml");
    ::unsetenv("POSTBELL_CONFIG");
    CHECK(accepted({"check"}).config == "/etc/postbell/postbell.toml");
}

TEST_CASE("every option that takes a file refuses anything else", "[app]") {
    const std::string folder = std::filesystem::temp_directory_path();
    for (const std::string& file : {folder, std::string("/dev/zero"), std::string("/no/such")})
        for (const char* option : {"--file", "--password-file"}) {
            const Outcome outcome = parse({"credential", "add", "--tenant", "t", "--app", "a",
                                           "--provider", "apns", option, file});
            CHECK(outcome.parsed.exit_code == 2);
            CHECK_THAT(outcome.error, Catch::Contains(file + ": the file "));
        }
}
