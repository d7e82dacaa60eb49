// SPDX-License-Identifier: Apache-2.0
#include "app/surroundings.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "app/open_store.h"
#include "util/user_name.h"

namespace postbell::app {
namespace {

/// For the database's readers, connections to push networks and mail servers, files and loops.
constexpr std::uint64_t kReserve = 512;
/// Some fifty threads, each with a stack of 8 MiB and a segment of the allocator of 32 MiB; most of
/// that is never touched.
constexpr rlim_t kMinAddressSpace = rlim_t{2'560} << 20U;

/// The lock and the socket lie beside the database itself, whatever symbolic links lead there.
/// weakly_canonical() does not tell where the links lead if this user may not look there.
std::filesystem::path behindLinks(std::filesystem::path file) {
    constexpr int kMaxLinks = 40;  // as the kernel
    std::error_code error;
    for (int links = 0; links < kMaxLinks; ++links) {
        const std::filesystem::path target = std::filesystem::read_symlink(file, error);
        if (error) break;
        file = file.parent_path() / target;
    }
    return file;
}

/// Of what root has, the gateway's user is another.
std::string ownerOf(const std::filesystem::path& file) {
    struct stat status {};
    const bool known = ::stat(file.c_str(), &status) == 0 && status.st_uid != 0;
    return known ? util::userName(status.st_uid) : "the gateway's user";
}

}  // namespace

void requireAddressSpace() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= kMinAddressSpace) return;
    throw std::runtime_error("the limit of address space (RLIMIT_AS, `ulimit -v`, LimitAS) is " +
                             std::to_string(limit.rlim_cur >> 20U) + " MiB, and a gateway needs " +
                             std::to_string(kMinAddressSpace >> 20U) +
                             ": raise it; MemoryMax limits the memory that is in use");
}

std::uint64_t descriptorsNeeded(const config::Config& config) {
    std::uint64_t needed = kReserve;
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        needed += listener->limits.connections;
    return needed;
}

void raiseDescriptorLimit(const config::Config& config, log::Log& log) {
    const std::uint64_t needed = descriptorsNeeded(config);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t before = limit.rlim_cur;
    if (before < needed) {
        limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
        if (limit.rlim_cur > before && ::setrlimit(RLIMIT_NOFILE, &limit) == 0)
            log.info("the limit of open files was raised for the listeners' max_connections",
                     {{"from", before}, {"to", limit.rlim_cur}});
    }
    if (const std::string problem = descriptorProblem(config, descriptorLimit()); !problem.empty())
        log.warning(problem);
}

std::uint64_t descriptorLimit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

std::uint64_t highestDescriptorLimit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

std::string descriptorProblem(const config::Config& config, std::uint64_t limit) {
    const std::uint64_t needed = descriptorsNeeded(config);
    if (limit >= needed) return {};
    return "the limit of open files is " + std::to_string(limit) +
           ", and the listeners' max_connections need " + std::to_string(needed) +
           " with the gateway's own: raise LimitNOFILE, or lower max_connections";
}

std::optional<uid_t> serviceUser(const config::Config& config) {
    const std::filesystem::path database = storePlace(config)->gatewayFiles();
    struct stat status {};
    for (const std::filesystem::path& path : {database, database.parent_path()})
        if (::stat(path.c_str(), &status) == 0) return status.st_uid;
    return std::nullopt;
}

std::string userProblem(const config::Config& config) {
    const std::filesystem::path database = behindLinks(storePlace(config)->gatewayFiles());
    const std::filesystem::path folder = database.parent_path();
    const std::filesystem::path lock = std::filesystem::path(database).concat(".lock");
    for (const auto& [file, wanted] : {std::pair(folder, R_OK | W_OK | X_OK), {lock, R_OK | W_OK}})
        if (::access(file.c_str(), wanted) != 0 && errno == EACCES)
            return "the store is in " + folder.string() + ", and this user (" +
                   util::userName(::geteuid()) + ") may not use " + file.string() +
                   ": run this as root or as " + ownerOf(file);
    return {};
}

std::string databaseModeProblem(const config::Config& config) {
    for (const std::filesystem::path& file : storePlace(config)->files()) {
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077U) == 0) continue;
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777U);
        return "the database's file " + file.string() + " has mode " + mode +
               ", so that others than its owner may read it: `chmod 600 " + file.string() + "`";
    }
    return {};
}

}  // namespace postbell::app
