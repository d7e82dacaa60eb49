// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>

#include "util/time.h"

namespace postbell::store {

/// The pause before the store is asked again after it could not be read or written: real time.
constexpr util::Milliseconds kStoreRetry{1'000};

/// The store could not do it: disk full, locked, read-only, damaged. The message is for the admin.
class StoreError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The trouble is the whole database's (full, locked, read-only, unreachable), not that of one
/// statement: every other write would fail as well.
class DatabaseTrouble : public StoreError {
  public:
    using StoreError::StoreError;
};

/// The database's pages are not those that were written: reads and writes of such a page fail,
/// others do not.
class DatabaseDamage : public StoreError {
  public:
    using StoreError::StoreError;
};

/// A row has a sealed value that does not open: it was changed, or its neighbours were. Asking
/// again helps only once the value is sealed anew.
class UnopenedRow : public StoreError {
  public:
    using StoreError::StoreError;
};

}  // namespace postbell::store
