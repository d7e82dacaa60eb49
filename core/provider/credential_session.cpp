// SPDX-License-Identifier: Apache-2.0
#include "provider/credential_session.h"

#include <mutex>
#include <utility>

#include "engine/tls_identity.h"
#include "util/insist.h"

namespace postbell::provider {

/// Whether the session is still there, for a thread that encodes.
struct CredentialSession::Work {
    std::mutex mutex;                      // held while it encodes
    CredentialSession* session = nullptr;  // null: it is gone
};

CredentialSession::CredentialSession(const Provider& provider, store::Credential credential,
                                     const std::string& app, Hooks hooks, const util::Clock& clock)
    : provider_(provider),
      clock_(clock),
      credential_(std::move(credential)),
      post_(std::move(hooks.post)),
      work_(std::make_shared<Work>()) {
    const CredentialUpload upload{credential_.content, credential_.password, credential_.settings,
                                  app};
    const CredentialReport report = provider.inspect(upload, clock.wall());
    if (report.tls_identity)
        identity_ = engine::TlsIdentity::load(credential_.content, credential_.password);
    opened_ = std::make_unique<OpenCredential>(provider, upload, report.problem);
    // The plugin's object has its own copy; the gateway needs no other from here on.
    credential_.content.clear();
    credential_.password.clear();
    authorizer_ = std::make_unique<CredentialAuthorizer>(
        *opened_, std::move(hooks), std::move(credential_.authorization), clock);
    work_->session = this;
}

CredentialSession::~CredentialSession() {
    const std::lock_guard lock(work_->mutex);
    work_->session = nullptr;
}

Encoded& CredentialSession::encode(const Push& push) {
    opened_->encode(push, clock_.wall(), encoded_);
    return encoded_;
}

Outcome CredentialSession::classify(const Push& push, const engine::Answer& answer) {
    return opened_->classify(push, answer, clock_.wall());
}

void CredentialSession::encodeBesideLoop(const Push& push, std::function<void(Encoded&)> done) {
    std::function<void()> work = [push, work = work_, post = post_] {
        const std::lock_guard lock(work->mutex);
        CredentialSession* session = work->session;
        if (session == nullptr) return;
        util::insist([&] {
            session->opened_->encode(push, session->clock_.wall(), session->encoded_,
                                     session->texts_);
            // Under the lock: as long as there is a session, there is a loop.
            post([work] {
                // Only the loop's thread destroys the session.
                if (work->session != nullptr) work->session->finishEncoding();
            });
        });
    };
    if (!provider_.encodeBesideLoop(work)) {
        encoded_.result = Encoded::Result::Later;
        encoded_.problem = "provider " + provider_.instance() + " has too many pushes to encode";
        post_([work = work_] {
            if (work->session != nullptr) work->session->finishEncoding();
        });
    }
    // finishEncoding() comes later. An exception on the way leaves the session as it was.
    encoded_later_ = std::move(done);
    authorizer_->encoderBegins();
}

void CredentialSession::finishEncoding() {
    const auto done = std::exchange(encoded_later_, nullptr);
    done(encoded_);
    authorizer_->encoderDone();
}

}  // namespace postbell::provider
