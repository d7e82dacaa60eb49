// SPDX-License-Identifier: Apache-2.0
// The connections of one reactor that wait for a request.
#pragma once
#include <boost/intrusive/list.hpp>

#include "util/time.h"

namespace postbell::net {

/// A part of a connection: its place in the list, which it leaves when destroyed.
struct IdlePlace
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    util::SteadyTime idle_since;
};

/// The connections that have waited longest come first. Confined to the reactor's thread.
using IdleList = boost::intrusive::list<IdlePlace, boost::intrusive::constant_time_size<false>>;

}  // namespace postbell::net
