// SPDX-License-Identifier: Apache-2.0
// Stands in for connections to push networks. Used on one thread, or on the loop's.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/channel/network.h"
#include "engine/pool.h"

namespace postbell::testing {

/// A request that was submitted.
struct Submitted {
    std::string origin, path;
    std::size_t headers = 0;
    std::uint64_t tag = 0;
    engine::AnswerSink* sink = nullptr;
};

/// What all fake connections share.
struct Wire {
    std::vector<Submitted> submitted;
    std::vector<std::pair<std::string, std::uint64_t>> retired;  ///< origin and connection
    std::map<std::string, unsigned> slots;                       ///< by origin; 100 if absent
    std::size_t open = 0;
    std::size_t opened = 0;
    dispatch::Access last_access;  ///< of the connections opened last

    dispatch::ConnectionOpener opener();
    void answer(std::size_t index, int status, std::uint64_t connection = 1) const {
        engine::Answer answer;
        answer.status = status;
        answer.connection = connection;
        deliver(index, answer);
    }
    void fail(std::size_t index, engine::Failure failure) const {
        engine::Answer answer;
        answer.failure = failure;
        answer.detail = "no connection";
        deliver(index, answer);
    }
    void deliver(std::size_t index, const engine::Answer& answer) const {
        submitted.at(index).sink->answered(submitted.at(index).tag, answer);
    }
};

class FakeConnections final : public dispatch::Connections {
  public:
    FakeConnections(Wire& wire, std::string_view origin, engine::AnswerSink& sink)
        : wire_(wire), origin_(origin), sink_(sink) {
        static_cast<void>(util::Origin::parse(origin).value());  // as the pool opener does
        ++wire_.open;
        ++wire_.opened;
    }
    ~FakeConnections() override { --wire_.open; }

    unsigned slots() const override {
        const auto found = wire_.slots.find(origin_);
        return found == wire_.slots.end() ? 100 : found->second;
    }
    void submit(const engine::RequestView& request, std::uint64_t tag) override {
        wire_.submitted.push_back(
            {origin_, std::string(request.path), request.headers.size(), tag, &sink_});
    }
    void retire(std::uint64_t connection) override {
        wire_.retired.emplace_back(origin_, connection);
    }
    void drain() override {}
    engine::PoolStats stats() const override { return {1, 0, 1, 0, 0, 0}; }

  private:
    Wire& wire_;
    const std::string origin_;
    engine::AnswerSink& sink_;
};

inline dispatch::ConnectionOpener Wire::opener() {
    return [this](std::string_view origin, const dispatch::Access& access,
                  std::shared_ptr<const engine::TlsIdentity>,
                  engine::AnswerSink& sink) -> std::unique_ptr<dispatch::Connections> {
        last_access = access;
        return std::make_unique<FakeConnections>(*this, origin, sink);
    };
}

}  // namespace postbell::testing
