// SPDX-License-Identifier: Apache-2.0
// For tests of plugins: a plugin's file, loaded as a gateway loads it, and an instance of it.
#pragma once
#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "postbell/testing/fake_host.hpp"

namespace postbell::testing {

/// A plugin's file, loaded for the rest of the process, as a gateway does: a plugin's thread-local
/// storage makes unloading unsafe. Throws std::runtime_error with the loader's words if it cannot
/// be loaded.
class LoadedPlugin {
  public:
    explicit LoadedPlugin(const std::string& file) {
        void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) throw std::runtime_error(::dlerror());
        descriptor_ = static_cast<const postbell_plugin*>(::dlsym(library, POSTBELL_PLUGIN_SYMBOL));
        if (descriptor_ == nullptr) throw std::runtime_error(file + " is not a plugin");
    }
    const postbell_plugin& descriptor() const noexcept { return *descriptor_; }

  private:
    const postbell_plugin* descriptor_ = nullptr;
};

/// A running instance: created and started here, stopped and destroyed with it. Throws
/// std::runtime_error with the plugin's own sentence if it refuses its config. `plugin` and `host`
/// must outlive it.
class PluginInstance {
  public:
    PluginInstance(const LoadedPlugin& plugin, const FakeHost& host)
        : descriptor_(plugin.descriptor()) {
        char error[512] = "";
        if (descriptor_.create(host.raw(), &self_, error, sizeof error) < 0)
            throw std::runtime_error(error);
        if (descriptor_.start(self_) < 0) {
            descriptor_.destroy(self_);
            const std::vector<LogLine> log = host.log();
            throw std::runtime_error("start() failed" +
                                     (log.empty() ? std::string() : ": " + log.back().text));
        }
    }
    ~PluginInstance() {
        descriptor_.stop(self_);
        descriptor_.destroy(self_);
    }
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;

    void* self() const noexcept { return self_; }
    /// The contract's table: Table is postbell_backend_v0 or postbell_provider_v0, as the
    /// descriptor's kind says.
    template <class Table>
    const Table& table() const noexcept {
        return *static_cast<const Table*>(descriptor_.table);
    }

  private:
    const postbell_plugin& descriptor_;
    void* self_ = nullptr;
};

/// Collects the bytes that are put into a sink.
class FakeSink {
  public:
    FakeSink() : raw_{sizeof(postbell_sink), put, this} {}
    FakeSink(const FakeSink&) = delete;
    FakeSink& operator=(const FakeSink&) = delete;
    const postbell_sink* raw() const noexcept { return &raw_; }
    const std::string& text() const noexcept { return text_; }

  private:
    static void put(void* user, postbell_bytes value) noexcept {
        static_cast<FakeSink*>(user)->text_ += view(value);
    }
    postbell_sink raw_;
    std::string text_;
};

}  // namespace postbell::testing
