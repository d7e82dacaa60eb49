// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "store/place.h"

namespace postbell::testing {

/// A place for a store in the folder, of the database engine that the test program is linked with.
std::shared_ptr<const store::Place> storePlaceIn(const std::filesystem::path& folder);

}  // namespace postbell::testing
