// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "net/http_server.h"

namespace postbell::net {

Responder::Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this == &other) return *this;
    drop();
    target_ = std::move(other.target_);
    return *this;
}

Responder::~Responder() {
    drop();
}

void Responder::send(Response response) {
    const std::shared_ptr<Target> target = std::move(target_);
    if (target) target->answer(std::move(response));
}

void Responder::drop() noexcept {
    const std::shared_ptr<Target> target = std::move(target_);
    if (target) target->drop();
}

}  // namespace postbell::net
