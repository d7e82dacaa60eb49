// SPDX-License-Identifier: Apache-2.0
#include "engine/pool.h"

#include <utility>

#include "engine/pool_impl.h"

namespace postbell::engine {

Pool::Pool(Loop& loop, PoolOptions options, AnswerSink& sink, log::Log& log)
    : impl_(std::make_shared<Impl>(loop, std::move(options), sink, log)) {}

Pool::~Pool() {
    impl_->close();
}

unsigned Pool::slots() const {
    return impl_->slots();
}

void Pool::submit(const RequestView& request, std::uint64_t tag) {
    impl_->submit(request, tag);
}

void Pool::retire(std::uint64_t connection) {
    impl_->retire(connection);
}

void Pool::drain() {
    impl_->drain();
}

PoolStats Pool::stats() const {
    return impl_->stats();
}

}  // namespace postbell::engine
