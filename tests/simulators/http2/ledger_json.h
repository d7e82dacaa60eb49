// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "ledger.h"

namespace http2_simulator {

nlohmann::json describePush(const Push& push);
nlohmann::json describeStatistics(const Ledger& ledger);

}  // namespace http2_simulator
