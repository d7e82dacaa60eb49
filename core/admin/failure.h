// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/problem.h"

namespace postbell::admin {

/// In a catch block of a call: the exception as the admin's problem. Rethrows a fault of the
/// gateway.
web::Problem asProblem();

}  // namespace postbell::admin
