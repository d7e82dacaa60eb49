// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/problem.h"

namespace postbell::admin {

/// In a catch block of a call: the exception as the admin is told it. Throws on what is a fault of
/// the gateway.
web::Problem asProblem();

}  // namespace postbell::admin
