// SPDX-License-Identifier: Apache-2.0
// Values for the settings of an app, hostile ones among them.
#pragma once
#include "plugin/descriptor.h"
#include "validate/subject.h"

namespace postbell::validate {

/// One setting each, of the plugin's app_schema: values that the schema names (default, enum,
/// examples), and hostile texts that it accepts.
plugin::Settings acceptedSettings(const Running& running);

}  // namespace postbell::validate
