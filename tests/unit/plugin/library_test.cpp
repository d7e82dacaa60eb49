// SPDX-License-Identifier: Apache-2.0
#include "plugin/library.h"

#include <dlfcn.h>

#include <cstdlib>

#include <catch2/catch.hpp>

#include "plugin/plugin_error.h"
#include "plugin/plugin_info.h"
#include "plugin_folder.h"

using namespace postbell::plugin;
using Catch::Contains;
using postbell::config::PluginKind;
using postbell::test::PluginFolder;

namespace {

std::string refusal(const PluginFolder& folder, const std::string& name,
                    PluginKind kind = PluginKind::Backend) {
    try {
        const Library library(folder.path(), name, kind);
    } catch (const PluginError& e) {
        return e.what();
    }
    return "loaded";
}

bool isMapped(const std::filesystem::path& file) {
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (handle != nullptr) ::dlclose(handle);
    return handle != nullptr;
}

}  // namespace

TEST_CASE("a good plugin is loaded and stays loaded", "[plugin]") {
    PluginFolder folder;
    const auto file = folder.add("c_backend");

    {
        const Library library(folder.path(), "c_backend", PluginKind::Backend);
        CHECK(library.file() == file);
        CHECK(std::string(library.descriptor().id) == "com.example.c-backend");
    }

    CHECK(isMapped(file));
}

TEST_CASE("the checked file is loaded, also if another takes its place meanwhile", "[plugin]") {
    PluginFolder folder;
    const auto file = folder.add("c_backend");
    const PluginFile checked = PluginFile::openTrusted(file);
    std::filesystem::rename(folder.add("cpp_throws"), file);

    const Library library(checked, PluginKind::Backend);

    CHECK(std::string(library.descriptor().id) == "com.example.c-backend");
    CHECK(std::string(Library(folder.path(), "c_backend", PluginKind::Backend).descriptor().id) ==
          "com.example.throws");
}

TEST_CASE("a plugin of another contract is refused before any of its code runs", "[plugin]") {
    PluginFolder folder;
    const auto mark = folder.path() / "mark";
    ::setenv("POSTBELL_TEST_MARK", mark.c_str(), 1);
    const std::string end = " of the plugin contract, and this gateway speaks version 0.4.";

    folder.add("wrong_major");
    CHECK_THAT(refusal(folder, "wrong_major"),
               Contains(folder.file("wrong_major").string() +
                        " is refused: it is built for version 7.4" + end));
    folder.add("newer_minor");
    CHECK_THAT(refusal(folder, "newer_minor"), Contains("it needs at least version 0.9" + end));
    folder.add("other_minor");
    CHECK_THAT(refusal(folder, "other_minor"), Contains("it is built for version 0.0" + end) &&
                                                   Contains("the layout was another before"));
    folder.add("next_symbol");
    CHECK_THAT(refusal(folder, "next_symbol"),
               Contains("major version 1 of the plugin contract (it exports postbell_plugin_v1)") &&
                   Contains("speaks version 0.4"));
    folder.add("no_symbol");
    CHECK_THAT(refusal(folder, "no_symbol"), Contains("it exports no postbell_plugin_v0"));
    CHECK_FALSE(std::filesystem::exists(mark));

    // The fixture is able to leave its mark: so the above means something.
    REQUIRE(::dlopen(folder.file("wrong_major").c_str(), RTLD_NOW) != nullptr);
    CHECK(std::filesystem::exists(mark));
    ::unsetenv("POSTBELL_TEST_MARK");
}

TEST_CASE("a descriptor that is no constant data is refused", "[plugin]") {
    PluginFolder folder;
    folder.add("filled_at_load");

    CHECK_THAT(refusal(folder, "filled_at_load"), Contains("it must be constant data"));
    CHECK_FALSE(isMapped(folder.file("filled_at_load")));
}

TEST_CASE("a provider in a backend's section is refused, and the other way round", "[plugin]") {
    PluginFolder folder;
    folder.add("c_provider");
    folder.add("c_backend");

    CHECK_THAT(refusal(folder, "c_provider"),
               Contains("is a provider: its section is [[provider]]"));
    CHECK_THAT(refusal(folder, "c_backend", PluginKind::Provider),
               Contains("is a backend: its section is [[backend]]"));
}

TEST_CASE("an unresolved symbol is found at load time", "[plugin]") {
    PluginFolder folder;
    folder.add("undefined");

    CHECK_THAT(refusal(folder, "undefined"),
               Contains("cannot be loaded") && Contains("nobodyHasThis"));
}

TEST_CASE("a plugin that others may write is refused, with the command that mends it", "[plugin]") {
    PluginFolder folder;
    const auto file = folder.add("c_backend");

    SECTION("the file") {
        for (const mode_t mode : {0664U, 0646U, 0777U}) {
            ::chmod(file.c_str(), mode);
            CHECK_THAT(refusal(folder, "c_backend"),
                       Contains(file.string() + " (a plugin, owner ") &&
                           Contains("`chmod go-w " + file.string() + "`"));
        }
        ::chmod(file.c_str(), 0755);
        CHECK(refusal(folder, "c_backend") == "loaded");
    }
    SECTION("the folder") {
        for (const mode_t mode : {0775U, 0757U, 01777U}) {
            ::chmod(folder.path().c_str(), mode);
            CHECK_THAT(refusal(folder, "c_backend"),
                       Contains("(a plugin's folder, owner ") &&
                           Contains("`chmod go-w " + folder.path().string() + "`"));
        }
        ::chmod(folder.path().c_str(), 0755);
    }
    SECTION("the file that a link leads to, and its folder") {
        PluginFolder other;
        const auto target = other.add("c_backend", "target");
        std::filesystem::create_symlink(target, folder.file("linked"));
        CHECK(refusal(folder, "linked") == "loaded");
        ::chmod(other.path().c_str(), 0777);
        CHECK_THAT(refusal(folder, "linked"),
                   Contains(other.path().string() + " (a plugin's folder"));
        ::chmod(other.path().c_str(), 0755);
        ::chmod(target.c_str(), 0666);
        CHECK_THAT(refusal(folder, "linked"), Contains(target.string() + " (a plugin,"));
    }
    SECTION("the folder of a link") {
        PluginFolder other;
        std::filesystem::create_symlink(file, other.file("linked"));
        ::chmod(other.path().c_str(), 0777);
        CHECK_THAT(refusal(other, "linked"),
                   Contains(other.path().string() + " (the plugins' folder"));
        ::chmod(other.path().c_str(), 0755);
    }
    SECTION("folders further up are not looked at") {
        const auto deep = folder.path() / "deep";
        std::filesystem::create_directory(deep);
        ::chmod(deep.c_str(), 0755);
        std::filesystem::rename(file, deep / "c_backend.so");
        ::chmod(folder.path().c_str(), 0777);
        CHECK_NOTHROW(Library(deep, "c_backend", PluginKind::Backend));
        ::chmod(folder.path().c_str(), 0755);
    }
}

TEST_CASE("a plugin of another owner is refused", "[plugin]") {
    if (::geteuid() != 0) return;  // only root can give a file away
    PluginFolder folder;
    const auto file = folder.add("c_backend");

    REQUIRE(::chown(file.c_str(), 65534, 0) == 0);
    CHECK_THAT(refusal(folder, "c_backend"), Contains("owner nobody, mode 0644") &&
                                                 Contains("`chown root " + file.string() + "`"));
    REQUIRE(::chown(file.c_str(), 0, 0) == 0);
    REQUIRE(::chown(folder.path().c_str(), 65534, 0) == 0);
    CHECK_THAT(refusal(folder, "c_backend"), Contains("(a plugin's folder, owner nobody"));
}

TEST_CASE("a name that leads nowhere or elsewhere is refused", "[plugin]") {
    PluginFolder folder;
    std::filesystem::create_directory(folder.file("folder"));

    CHECK_THAT(refusal(folder, "missing"), Contains("missing.so cannot be read: No such file"));
    CHECK_THAT(refusal(folder, "folder"), Contains("is no file"));
    CHECK_THAT(refusal(folder, "../x"), Contains("is no plugin's name"));
    CHECK_THAT(refusal(folder, ""), Contains("is no plugin's name"));
    CHECK_THROWS_WITH(Library("plugins", "x", PluginKind::Backend), Contains("no absolute path"));
}

TEST_CASE("a list refuses a plugin whose descriptor cannot be used", "[plugin]") {
    PluginFolder folder;
    const std::string good = PluginFolder::contentOf("sinner");
    const auto write = [&](const char* name, std::string_view from, std::string_view to) {
        std::string content = good;
        content.replace(content.find(from), from.size(), to);
        folder.write(name, content);
    };
    write("a", "com.example.sinner", "Com Example Sinner");
    write("b", R"({"properties")", R"(["properties")");
    folder.add("sinner", "c");

    const auto plugins = listPlugins(folder.path());

    REQUIRE(plugins.size() == 3);
    CHECK_THAT(plugins[0].refusal, Contains("a.so is refused") && Contains("reverse domain name"));
    CHECK_THAT(plugins[1].refusal, Contains("config schema that cannot be used: it is not JSON"));
    CHECK(plugins[2].refusal.empty());
}

TEST_CASE("plugins are listed without being loaded", "[plugin]") {
    PluginFolder folder;
    const auto mark = folder.path() / "mark";
    ::setenv("POSTBELL_TEST_MARK", mark.c_str(), 1);
    folder.add("c_backend", "a");
    folder.add("c_provider", "b");
    folder.add("wrong_major", "c");
    folder.write("d", "not a library");
    std::ofstream(folder.path() / "notes.txt") << "x";

    const auto plugins = listPlugins(folder.path());

    REQUIRE(plugins.size() == 4);
    CHECK(plugins[0].plugin == "a");
    CHECK(plugins[0].kind == "backend");
    CHECK(plugins[0].name == "A backend in C");
    CHECK(plugins[0].version == "1.2.3");
    CHECK(plugins[0].contract == "0.4");
    CHECK(plugins[0].refusal.empty());
    CHECK(plugins[1].kind == "provider");
    CHECK_THAT(plugins[2].refusal, Contains("version 7." + std::to_string(POSTBELL_ABI_MINOR)));
    CHECK(plugins[2].kind.empty());
    CHECK_THAT(plugins[3].refusal, Contains("no shared library"));
    CHECK_FALSE(std::filesystem::exists(mark));
    CHECK_FALSE(isMapped(plugins[0].file));
    CHECK_THROWS_WITH(listPlugins("/no/such/folder"), Contains("cannot be read"));
    ::unsetenv("POSTBELL_TEST_MARK");
}
