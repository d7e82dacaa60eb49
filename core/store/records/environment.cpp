// SPDX-License-Identifier: Apache-2.0
#include "store/records/environment.h"

namespace postbell::store {

const char* environmentName(Environment environment) {
    switch (environment) {
        case Environment::None:
            return "";
        case Environment::Production:
            return "production";
        case Environment::Sandbox:
            return "sandbox";
    }
    return "";
}

std::optional<Environment> environmentNamed(std::string_view name) {
    for (const Environment environment : {Environment::Production, Environment::Sandbox})
        if (name == environmentName(environment)) return environment;
    return std::nullopt;
}

}  // namespace postbell::store
