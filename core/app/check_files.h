// SPDX-License-Identifier: Apache-2.0
// The files of the gateway's user: a part of `check`.
#pragma once
#include "app/check_report.h"
#include "config/config.h"

namespace postbell::app {

/// Names each file that the config names and that the gateway's user may not read. Root reads all
/// of them, and sees nothing of this otherwise.
void checkFiles(CheckReport& report, const config::Config& config);

}  // namespace postbell::app
