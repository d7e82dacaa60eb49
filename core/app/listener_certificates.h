// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/expiry_notices.h"
#include "app/listener.h"
#include "config/config.h"
#include "log/log.h"
#include "net/server_certificate.h"
#include "util/file_stamp.h"
#include "util/time.h"

namespace postbell::app {

/// The certificate in a listener's files, as its clients will judge it. Throws std::runtime_error
/// with a sentence if the listener cannot use the files.
net::ServerCertificate certificateOf(const config::ListenerConfig& listener,
                                     const config::EgressConfig& egress, util::WallTime now);

/// The certificates that the gateway's listeners serve: a pair of files that was renewed is served,
/// faults are logged, and ends are announced as those of credentials. Thread-safe.
class ListenerCertificates {
  public:
    /// The references must outlive it.
    ListenerCertificates(const config::EgressConfig& egress, log::Log& log)
        : egress_(egress), log_(log) {}

    /// A listener of the gateway, which outlives the looks.
    void add(Listener& listener);
    /// Each listener serves the pair in its files, unless that cannot be used, or every client
    /// would refuse it and not the one that is served. False: a listener keeps the one that it has.
    bool reload(util::WallTime now);
    /// Serves a pair of files that was changed, if it was the same at the look before, and no more
    /// clients would refuse it than the served one. Logs the news. To be called about each minute:
    /// files that are served cost a system call, and are read once a day.
    void look(util::WallTime now);

    /// Of a listener; without a fingerprint it speaks plain HTTP.
    struct Served {
        std::string listener, fingerprint;
        util::WallTime expires;
        util::WallTime renew_from;  ///< as noticeBeforeEnd() of kEndsSoon
    };
    std::vector<Served> served() const;

  private:
    struct Stamps {
        util::FileStamp certificate, key;
        friend bool operator==(const Stamps&, const Stamps&) = default;
    };
    struct Entry {
        Listener* listener;
        Served served;
        Stamps seen;             ///< at the last look
        bool is_served = false;  ///< the pair in the files, in that state
        util::WallTime judged_at;
        util::WallTime begins;    ///< of the served one
        std::string told_files;   ///< the trouble with the files that was logged last
        std::string told_served;  ///< the judgement that was logged last
    };

    static Stamps stampsOf(const config::ListenerConfig& listener);
    enum class Asked { ByTime, ByAdmin };
    template <class Work>
    bool attempt(const Entry& entry, const Work& work);
    void lookAt(Entry& entry, util::WallTime now);
    void examine(Entry& entry, util::WallTime now, Asked asked);
    static std::string whyWorse(const net::ServerCertificate& found,
                                const net::ServerCertificate& served, Asked asked);
    void serveRenewed(Entry& entry, const net::ServerCertificate& renewed);
    void keepOut(Entry& entry, std::string_view sentence, const std::string& reason);
    /// Of the certificate that is served.
    net::ServerCertificate judgement(const Entry& entry, util::WallTime now) const;
    void judgeServed(Entry& entry, util::WallTime now);
    void announceEnd(const Entry& entry, util::WallTime now);

    const config::EgressConfig& egress_;
    log::Log& log_;
    mutable std::mutex entries_mutex_;  // guards all below
    std::vector<Entry> entries_;
    ExpiryNotices notices_;
};

}  // namespace postbell::app
