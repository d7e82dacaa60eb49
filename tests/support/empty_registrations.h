// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/registrations.h"

namespace postbell::testing {

/// No registrations, and no memory: the base of fakes, which add their own.
class EmptyRegistrations : public store::Registrations {
  public:
    store::Registered registerDevice(const store::NewRegistration&) override { return {}; }
    std::optional<store::Registration> findRegistration(std::string_view) override { return {}; }
    std::optional<store::Registration> findRegistration(store::Id) override { return {}; }
    store::ReportResult report(std::string_view, const store::Report&) override {
        return store::ReportResult::NotFound;
    }
    store::TokenChanged changeToken(std::string_view, const TokenChange&) override { return {}; }
    bool changeVersions(std::string_view, std::optional<std::string_view>,
                        std::optional<std::string_view>) override {
        return false;
    }
    bool approveAccount(std::string_view) override { return false; }
    bool removeRegistration(std::string_view) override { return false; }
    std::size_t removeUnchanged(const std::vector<store::Registration>&) override { return 0; }
    std::vector<store::Registration> listRegistrations(store::Id, std::size_t, store::Id,
                                                       store::Id) override {
        return {};
    }
    std::optional<std::string> findDeviceToken(store::Id) override { return {}; }
    std::vector<store::Registration> findRegistrationsByAccount(store::Id,
                                                                std::string_view) override {
        return {};
    }
    std::int64_t countRegistrations() override { return 0; }
    std::int64_t countUnheard(std::string_view, util::WallTime) override { return 0; }
};

}  // namespace postbell::testing
