// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>

namespace postbell::store {

/// Hears how far a work on many rows is: rows done, of so many at most. An exception of it ends the
/// work. May be empty.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

}  // namespace postbell::store
