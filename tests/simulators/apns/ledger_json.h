// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "ledger.h"

namespace apns_simulator {

nlohmann::json describePush(const Push& push);
nlohmann::json describeStatistics(const Ledger& ledger);

}  // namespace apns_simulator
