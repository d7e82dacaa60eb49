// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "config/plugin_section.h"
#include "plugin/complaints.h"
#include "plugin/descriptor.h"
#include "plugin/in_plugin.h"
#include "plugin/library.h"
#include "plugin/long_call.h"
#include "plugin/services.h"
#include "util/real_time.h"

namespace postbell::plugin {

/// One plugin with one config section, created; the life that backends and providers share. open(),
/// start(), stop() and the destructor belong to one thread, the contract's [main].
class PluginInstance {
  public:
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;

    /// Throws PluginError if the plugin cannot start. Then only the destructor remains.
    void start();
    /// On return no thread, timer or callback of the instance is left. To be called when no other
    /// call is under way. Does nothing if the instance is not started.
    void stop();

    const std::string& instance() const { return services_.instance(); }
    const Descriptor& descriptor() const { return descriptor_; }
    /// The first argument of the functions of the plugin's table.
    void* self() const { return self_; }
    /// `need`: POSTBELL_NEEDS_*. Whether the plugin asks for it and the section grants it.
    bool granted(std::uint32_t need) const { return services_.granted(need); }
    bool takeRefreshAsked() { return services_.takeRefreshAsked(); }
    /// To be held around each call of the function `name`, a literal.
    InPlugin calling(const char* name) const { return {blamed_.c_str(), name}; }
    /// Counts a call that held up a loop for so long, and names it in the log, once a minute at
    /// most.
    void noteSlow(const char* function, util::RealTime::duration took) const noexcept;
    /// Logs a breach of the contract, each `kind` (a literal) at most once a minute.
    void complain(std::string_view kind, const std::string& breach) const {
        complaints_.say(kind, breach);
    }
    /// Logs the plugin's word that something cannot be done now, as rarely.
    void mention(std::string_view kind, const std::string& word) const {
        complaints_.mention(kind, word);
    }

  protected:
    /// Throws PluginError, or ConfigError for a section that the plugin's schema does not accept.
    PluginInstance(const config::PluginSection& section, const PluginContext& context);
    /// Stops and destroys.
    ~PluginInstance();

    /// Names the plugin's file and the config's section: the text of every refusal.
    [[noreturn]] void refuse(const std::string& why) const;
    /// Refuses an error of the function `name`.
    void require(postbell_status status, const char* name) const;

  private:
    /// To be held around a call of [main], which nothing else watches.
    LongCall watching(const char* function) const;

    const Library library_;  // first: everything below may call into it
    const std::string section_;
    const std::string blamed_;  // for InPlugin
    const Descriptor descriptor_;
    Services services_;
    mutable Complaints complaints_;
    void* self_ = nullptr;
    bool started_ = false;
};

}  // namespace postbell::plugin
