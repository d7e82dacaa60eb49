// SPDX-License-Identifier: Apache-2.0
// Headers that nearly every unit test includes.
#pragma once
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
