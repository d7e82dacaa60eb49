// SPDX-License-Identifier: Apache-2.0
// Microsoft Graph's posts to a notification URL, as far as a gateway needs them: no mailbox, no
// mail.
#pragma once
#include <string>
#include <vector>

namespace postbell::office365 {

/// One element of `value`. Absent and null are both empty text. Graph writes the resource in two
/// ways (Users/{id}/Messages/{id} and Users('{id}')/messages('{id}')) and the tenant under two
/// names (tenantId, organizationId); neither is read, since the callback says whose mailbox it is.
struct NotificationItem {
    std::string subscription_id;
    std::string client_state;
    std::string change_type;      ///< "created", "updated", "deleted"; empty in a lifecycle event
    std::string lifecycle_event;  ///< "reauthorizationRequired", "subscriptionRemoved", "missed"
    std::string id;               ///< of the notification itself; often left out
    std::string resource_id;      ///< resourceData.id: the mail's
    std::string etag;          ///< resourceData.@odata.etag: changes with every change of the mail
    bool has_content = false;  ///< encryptedContent is there; it was skipped
};

/// One POST. It may mix subscriptions, tenants, changes and lifecycle events.
struct Notification {
    std::vector<NotificationItem> items;
    /// JWTs that Microsoft adds to encrypted content, one for each app and tenant. Not verified:
    /// docs/decisions/graph-validation-tokens.md.
    std::vector<std::string> validation_tokens;
};

}  // namespace postbell::office365
