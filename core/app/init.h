// SPDX-License-Identifier: Apache-2.0
// `postbell init DIRECTORY`: all that a first start needs.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace postbell::app {

/// Makes postbell.toml, master.key, tls.pem and tls.key (self-signed, for trying) in `directory`,
/// which must be empty or not there. Throws std::runtime_error with a sentence. Gives the files'
/// names.
nlohmann::json init(const std::filesystem::path& directory);

}  // namespace postbell::app
