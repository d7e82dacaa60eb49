// SPDX-License-Identifier: Apache-2.0
#include "app/surroundings.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/store_fixture.h"

using namespace postbell;
using Catch::Contains;

namespace {

/// This process's limit of open files, given back at the end.
struct LimitedFiles {
    rlimit before{};

    explicit LimitedFiles(rlim_t soft) {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const rlimit limit{soft, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    ~LimitedFiles() { ::setrlimit(RLIMIT_NOFILE, &before); }
    LimitedFiles(const LimitedFiles&) = delete;
    LimitedFiles& operator=(const LimitedFiles&) = delete;

    static rlim_t now() {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_cur;
    }
};

config::Config configOf(std::size_t connections) {
    config::Config config;
    for (config::ListenerConfig* listener : std::initializer_list<config::ListenerConfig*>{
             &config.registration, &config.mailbox, &config.admin})
        listener->limits.connections = connections;
    return config;
}

}  // namespace

TEST_CASE("the limit of open files is raised to the listeners' need") {
    const LimitedFiles few(256);
    const store::TemporaryDirectory directory;
    log::Log log({log::Level::Info, log::Format::Text, (directory.path() / "log").string()});
    const config::Config config = configOf(100);
    CHECK_THAT(app::descriptorProblem(config, app::descriptorLimit()), Contains("256"));

    app::raiseDescriptorLimit(config, log);

    CHECK(LimitedFiles::now() == app::descriptorsNeeded(config));
    CHECK(app::descriptorProblem(config, app::descriptorLimit()).empty());
}

TEST_CASE("a limit that cannot be raised is told with its numbers") {
    const config::Config config = configOf(2'000'000'000);
    const std::string problem = app::descriptorProblem(config, app::highestDescriptorLimit());
    CHECK_THAT(problem, Contains(std::to_string(app::descriptorsNeeded(config))));
}

TEST_CASE("a database that others may read is told") {
    const store::TemporaryDirectory directory;
    config::Config config;
    const std::string file = (directory.path() / "postbell.db").string();
    config.store.url = "sqlite://" + file;
    CHECK(app::databaseModeProblem(config).empty());
    std::ofstream(file).close();
    ::chmod(file.c_str(), 0600);
    CHECK(app::databaseModeProblem(config).empty());
    ::chmod(file.c_str(), 0644);
    CHECK_THAT(app::databaseModeProblem(config), Contains("0644"));
}
