// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>

namespace postbell::plugin {

/// A plugin that cannot be used. The message is a sentence for the admin that names the file, and
/// the config's section where there is one.
class PluginError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace postbell::plugin
