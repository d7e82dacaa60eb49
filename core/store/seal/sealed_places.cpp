// SPDX-License-Identifier: Apache-2.0
#include "store/seal/sealed_places.h"

#include <array>
#include <utility>

namespace postbell::store {

namespace {

/// Numbers have one length and texts are led by theirs: no two lists of parts give one text.
class Binder {
  public:
    Binder(Id row, std::size_t text_bytes) {
        row_.id = row;
        row_.bound.reserve(text_bytes + kMaxParts * kNumberBytes);
        add(row);
    }
    explicit Binder(SealedRow row) : row_(std::move(row)) {}

    Binder& add(std::int64_t number) {
        auto rest = static_cast<std::uint64_t>(number);
        std::array<char, kNumberBytes> bytes{};
        for (char& byte : bytes) {
            byte = static_cast<char>(rest & 0xffU);
            rest >>= 8U;
        }
        row_.bound.append(bytes.data(), bytes.size());
        return *this;
    }
    Binder& add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        row_.bound.append(text);
        return *this;
    }
    SealedRow take() { return std::move(row_); }

  private:
    static constexpr std::size_t kNumberBytes = 8;
    static constexpr std::size_t kMaxParts = 8;

    SealedRow row_;
};

}  // namespace

SealedRow tenantRow(Id tenant, std::string_view name) {
    return Binder(tenant, name.size()).add(name).take();
}

SealedRow callbackRow(Id callback, Id tenant, std::string_view instance,
                      std::string_view token_hash) {
    return Binder(callback, instance.size() + token_hash.size())
        .add(tenant)
        .add(instance)
        .add(token_hash)
        .take();
}

SealedRow deviceRow(Id device, const DeviceNeighbours& n) {
    return Binder(device, n.token_key.size() + n.device_key.size() + n.origin.size())
        .add(n.app)
        .add(n.token_key)
        .add(static_cast<std::int64_t>(n.environment))
        .add(n.device_key)
        .add(n.origin)
        .take();
}

SealedRow mailboxRow(Id mailbox, std::string_view instance, std::string_view key) {
    return Binder(mailbox, instance.size() + key.size()).add(instance).add(key).take();
}

SealedRow credentialRow(Id credential, const CredentialNeighbours& n) {
    return Binder(credential, n.provider.size())
        .add(n.upload)
        .add(n.app)
        .add(n.provider)
        .add(static_cast<std::int64_t>(n.production))
        .add(static_cast<std::int64_t>(n.sandbox))
        .take();
}

SealedRow authorizationRow(SealedRow credential, std::string_view header) {
    return Binder(std::move(credential)).add(header).take();
}

}  // namespace postbell::store
