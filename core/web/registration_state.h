// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "registry/life_cycle.h"
#include "store/records/records.h"

namespace postbell::web {

enum class Reader { App, Admin };

/// The answer of GET /v1/registrations/{id}; an admin sees these members first.
nlohmann::json registrationState(const store::Registration& registration,
                                 const registry::LifeClock& clock, Reader reader);

}  // namespace postbell::web
