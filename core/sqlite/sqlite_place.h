// SPDX-License-Identifier: Apache-2.0
// The door of this engine.
#pragma once
#include <memory>
#include <string_view>

#include "store/place.h"
#include "util/result.h"

namespace postbell::sqlite {

/// The place that a `[store] url` names: `sqlite://` and an absolute path, hence three slashes
/// ("sqlite:///var/lib/postbell/postbell.db"); a fourth one, as other programs want it, changes
/// nothing. A relative path is refused: a service's working directory was not chosen. The problem
/// is a sentence that says what is accepted.
util::Result<std::shared_ptr<const store::Place>> sqlitePlace(std::string_view url);

}  // namespace postbell::sqlite
