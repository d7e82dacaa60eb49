// SPDX-License-Identifier: Apache-2.0
// The machine's side of a config: a start warns of it, and `check` shows it.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"
#include "log/log.h"

namespace postbell::app {

/// Throws a sentence if the limit of address space (RLIMIT_AS) leaves no room for the gateway's
/// threads: a start would hang on its way, waiting for memory.
void requireAddressSpace();

/// Descriptors for all connections that the listeners may have, and for the rest of the gateway.
std::uint64_t descriptorsNeeded(const config::Config& config);

/// Raises this process's limit of open files to the need, as far as it may.
void raiseDescriptorLimit(const config::Config& config, log::Log& log);

/// This process's limit of open files, as it is and as far as it may be raised.
std::uint64_t descriptorLimit();
std::uint64_t highestDescriptorLimit();
/// A sentence, if so many descriptors are too few.
std::string descriptorProblem(const config::Config& config, std::uint64_t limit);

/// The user that the gateway runs as: the owner of the database, or of its folder while there is
/// none. Nothing: there is no folder.
std::optional<uid_t> serviceUser(const config::Config& config);

/// A sentence, if this process's user may not use the store's files, as only root and the
/// gateway's user may.
std::string userProblem(const config::Config& config);

/// A sentence, if others than the owner may read or write the database's file.
std::string databaseModeProblem(const config::Config& config);

}  // namespace postbell::app
