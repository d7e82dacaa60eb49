// SPDX-License-Identifier: Apache-2.0
#include "engine/backlog.h"

#include <utility>

namespace postbell::engine {

Backlog::Backlog(Loop& loop, std::function<void()> due)
    : refused_(loop, [this, due = std::move(due)](Request& request) {
          waiting_.push_back(request);
          due();
      }) {}

void Backlog::add(Request& request) {
    waiting_.push_back(request);
    ++size_;
}

void Backlog::addLater(Request& request) {
    ++size_;
    refused_.add(request);
}

Request* Backlog::takeFirst() {
    if (waiting_.empty()) return nullptr;
    Request& first = waiting_.front();
    remove(first);
    return &first;
}

void Backlog::putBack(Request& request) {
    waiting_.push_front(request);
    ++size_;
}

void Backlog::remove(Request& request) {
    request.place.unlink();
    --size_;
}

Request* Backlog::takeAny() {
    if (!waiting_.empty()) return takeFirst();
    if (refused_.requests().empty()) return nullptr;
    Request& request = refused_.requests().front();
    remove(request);
    return &request;
}

}  // namespace postbell::engine
