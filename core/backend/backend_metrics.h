// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <span>
#include <string>

#include "store/events.h"
#include "util/time.h"

namespace prometheus {
class Counter;
template <class T>
class Family;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace postbell::backend {

/// The result of a notification.
enum class Result { Ok, Ended, Denied, Refused, Failed, Overload };
constexpr std::size_t kResults = static_cast<std::size_t>(Result::Overload) + 1;

/// The metrics of all backend instances. Thread-safe.
class BackendMetrics {
  public:
    explicit BackendMetrics(prometheus::Registry& registry);

    /// The metrics of one instance.
    class Instance {
      public:
        void count(Result result) const;
        /// A mail server called a known callback.
        void heard(util::WallTime now) const;
        util::WallTime lastHeard() const;
        /// Events that named another folder than the reported one, whose own was never heard of.
        void otherFolders(std::size_t count) const;
        void durable(std::chrono::duration<double> after) const;
        /// Events of this kind became durable.
        void events(store::StagedEvent::Kind kind, std::uint32_t count) const;

      private:
        friend class BackendMetrics;
        std::array<prometheus::Counter*, kResults> results_{};
        std::array<prometheus::Counter*, 3> kinds_{};
        prometheus::Counter* other_folders_ = nullptr;
        prometheus::Gauge* last_ = nullptr;
        prometheus::Histogram* after_ = nullptr;
    };
    Instance of(const std::string& instance);

  private:
    prometheus::Family<prometheus::Counter>& notifications_;
    prometheus::Family<prometheus::Counter>& events_;
    prometheus::Family<prometheus::Counter>& other_folders_;
    prometheus::Family<prometheus::Gauge>& last_;
    prometheus::Family<prometheus::Histogram>& durable_;
};

}  // namespace postbell::backend
