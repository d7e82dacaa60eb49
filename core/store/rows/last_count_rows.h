// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "store/records/basics.h"

namespace postbell::store {

/// The counts that were delivered last, kept where a device has two or more registrations.
class LastCountRows {
  public:
    virtual ~LastCountRows() = default;

    /// Changes nothing where no last count is kept.
    virtual void set(Id registration, std::int32_t count) = 0;
    /// An unknown one for each of the devices' registrations that has none.
    virtual void addOf(std::span<const Id> devices) = 0;
    virtual void removeOf(std::span<const Id> devices) = 0;
};

}  // namespace postbell::store
