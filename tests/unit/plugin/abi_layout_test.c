/* SPDX-License-Identifier: Apache-2.0 */
/* The contract's layout on 64-bit machines, version 0.1. Whoever changes a line here changes what
 * built plugins mean. */
#include <assert.h>

#include "postbell/abi.h"

#define SIZE(type, bytes) static_assert(sizeof(type) == (bytes), "size of " #type)
#define VALUE(name, number) static_assert((name) == (number), "value of " #name)
#define AT(type, field, bytes) \
    static_assert(offsetof(type, field) == (bytes), "place of " #type "." #field)

static_assert(POSTBELL_ABI_MAJOR == 0u && POSTBELL_ABI_MINOR == 1u,
              "write down the new version's layout");

SIZE(postbell_str, 16);
AT(postbell_str, ptr, 0);
AT(postbell_str, len, 8);

SIZE(postbell_bytes, 16);
AT(postbell_bytes, ptr, 0);
AT(postbell_bytes, len, 8);

SIZE(postbell_header, 40);
AT(postbell_header, name, 0);
AT(postbell_header, value, 16);
AT(postbell_header, flags, 32);

SIZE(postbell_sink, 24);
AT(postbell_sink, size, 0);
AT(postbell_sink, put, 8);
AT(postbell_sink, user, 16);

SIZE(postbell_host, 72);
AT(postbell_host, size, 0);
AT(postbell_host, abi_major, 4);
AT(postbell_host, abi_minor, 8);
AT(postbell_host, name, 16);
AT(postbell_host, version, 32);
AT(postbell_host, instance, 48);
AT(postbell_host, service, 64);

SIZE(postbell_log_v0, 24);
AT(postbell_log_v0, size, 0);
AT(postbell_log_v0, enabled, 8);
AT(postbell_log_v0, write, 16);

SIZE(postbell_metrics_v0, 24);
AT(postbell_metrics_v0, size, 0);
AT(postbell_metrics_v0, counter, 8);
AT(postbell_metrics_v0, add, 16);

SIZE(postbell_time_v0, 24);
AT(postbell_time_v0, size, 0);
AT(postbell_time_v0, wall_ms, 8);
AT(postbell_time_v0, steady_ms, 16);

SIZE(postbell_config_v0, 16);
AT(postbell_config_v0, size, 0);
AT(postbell_config_v0, get, 8);

SIZE(postbell_mail_event, 104);
AT(postbell_mail_event, size, 0);
AT(postbell_mail_event, kind, 4);
AT(postbell_mail_event, subscription, 8);
AT(postbell_mail_event, account, 24);
AT(postbell_mail_event, proof, 40);
AT(postbell_mail_event, folder, 56);
AT(postbell_mail_event, dedup_key, 72);
AT(postbell_mail_event, occurred_ms, 88);
AT(postbell_mail_event, unread, 96);

SIZE(postbell_route, 56);
AT(postbell_route, size, 0);
AT(postbell_route, callback, 4);
AT(postbell_route, needs_proof, 8);
AT(postbell_route, method, 16);
AT(postbell_route, suffix, 32);
AT(postbell_route, max_body, 48);

SIZE(postbell_request, 112);
AT(postbell_request, size, 0);
AT(postbell_request, route, 4);
AT(postbell_request, method, 8);
AT(postbell_request, query, 24);
AT(postbell_request, peer, 40);
AT(postbell_request, known, 56);
AT(postbell_request, callback_secret, 64);
AT(postbell_request, headers, 80);
AT(postbell_request, header_count, 88);
AT(postbell_request, body, 96);

SIZE(postbell_reply, 32);
AT(postbell_reply, size, 0);
AT(postbell_reply, event, 8);
AT(postbell_reply, note, 16);
AT(postbell_reply, respond, 24);

SIZE(postbell_backend_v0, 32);
AT(postbell_backend_v0, size, 0);
AT(postbell_backend_v0, describe, 8);
AT(postbell_backend_v0, routes, 16);
AT(postbell_backend_v0, handle, 24);

SIZE(postbell_credential_file, 72);
AT(postbell_credential_file, size, 0);
AT(postbell_credential_file, content, 8);
AT(postbell_credential_file, password, 24);
AT(postbell_credential_file, settings, 40);
AT(postbell_credential_file, setting_count, 48);
AT(postbell_credential_file, app, 56);

SIZE(postbell_credential_report, 88);
AT(postbell_credential_report, size, 0);
AT(postbell_credential_report, flags, 4);
AT(postbell_credential_report, kind, 8);
AT(postbell_credential_report, subject, 24);
AT(postbell_credential_report, problem, 40);
AT(postbell_credential_report, topics, 56);
AT(postbell_credential_report, topic_count, 64);
AT(postbell_credential_report, valid_from_ms, 72);
AT(postbell_credential_report, expires_ms, 80);

SIZE(postbell_http_request, 88);
AT(postbell_http_request, size, 0);
AT(postbell_http_request, method, 8);
AT(postbell_http_request, origin, 24);
AT(postbell_http_request, path, 40);
AT(postbell_http_request, headers, 56);
AT(postbell_http_request, header_count, 64);
AT(postbell_http_request, body, 72);

SIZE(postbell_response, 56);
AT(postbell_response, size, 0);
AT(postbell_response, status, 4);
AT(postbell_response, headers, 8);
AT(postbell_response, header_count, 16);
AT(postbell_response, body, 24);
AT(postbell_response, detail, 40);

SIZE(postbell_authorization, 104);
AT(postbell_authorization, size, 0);
AT(postbell_authorization, header, 8);
AT(postbell_authorization, renew_ms, 48);
AT(postbell_authorization, expires_ms, 56);
AT(postbell_authorization, not_renewed_before_ms, 64);
AT(postbell_authorization, exchange, 72);
AT(postbell_authorization, problem, 80);
AT(postbell_authorization, retry_after_ms, 96);

SIZE(postbell_push, 128);
AT(postbell_push, size, 0);
AT(postbell_push, kind, 4);
AT(postbell_push, style, 8);
AT(postbell_push, urgency, 12);
AT(postbell_push, environment, 16);
AT(postbell_push, id, 24);
AT(postbell_push, token, 40);
AT(postbell_push, app, 56);
AT(postbell_push, platform, 72);
AT(postbell_push, registration, 88);
AT(postbell_push, unread, 104);
AT(postbell_push, badge, 108);
AT(postbell_push, attempt, 112);
AT(postbell_push, expires_ms, 120);

SIZE(postbell_outcome, 72);
AT(postbell_outcome, size, 0);
AT(postbell_outcome, result, 4);
AT(postbell_outcome, scope, 8);
AT(postbell_outcome, flags, 12);
AT(postbell_outcome, retry_after_ms, 16);
AT(postbell_outcome, dead_since_ms, 24);
AT(postbell_outcome, reason, 32);
AT(postbell_outcome, advice, 48);
AT(postbell_outcome, backoff_ms, 64);

SIZE(postbell_provider_v0, 80);
AT(postbell_provider_v0, size, 0);
AT(postbell_provider_v0, origins, 8);
AT(postbell_provider_v0, check_token, 16);
AT(postbell_provider_v0, inspect, 24);
AT(postbell_provider_v0, open, 32);
AT(postbell_provider_v0, close, 40);
AT(postbell_provider_v0, authorize, 48);
AT(postbell_provider_v0, authorized, 56);
AT(postbell_provider_v0, request, 64);
AT(postbell_provider_v0, outcome, 72);

SIZE(postbell_outbound_v0, 16);
AT(postbell_outbound_v0, size, 0);
AT(postbell_outbound_v0, refresh, 8);

SIZE(postbell_secrets_v0, 16);
AT(postbell_secrets_v0, size, 0);
AT(postbell_secrets_v0, lend, 8);

SIZE(postbell_task, 88);
AT(postbell_task, size, 0);
AT(postbell_task, kind, 4);
AT(postbell_task, grant, 8);
AT(postbell_task, mailbox, 24);
AT(postbell_task, subscription, 40);
AT(postbell_task, callback_url, 56);
AT(postbell_task, proof, 72);

SIZE(postbell_step, 96);
AT(postbell_step, size, 0);
AT(postbell_step, result, 4);
AT(postbell_step, scope, 8);
AT(postbell_step, authorize, 12);
AT(postbell_step, request, 16);
AT(postbell_step, retry_after_ms, 24);
AT(postbell_step, expires_ms, 32);
AT(postbell_step, mailbox, 40);
AT(postbell_step, subscription, 56);
AT(postbell_step, unread, 72);
AT(postbell_step, problem, 80);

SIZE(postbell_managed_v0, 56);
AT(postbell_managed_v0, size, 0);
AT(postbell_managed_v0, origins, 8);
AT(postbell_managed_v0, authorize, 16);
AT(postbell_managed_v0, authorized, 24);
AT(postbell_managed_v0, open, 32);
AT(postbell_managed_v0, step, 40);
AT(postbell_managed_v0, close, 48);

SIZE(postbell_plugin, 144);
AT(postbell_plugin, size, 0);
AT(postbell_plugin, abi_major, 4);
AT(postbell_plugin, abi_minor, 8);
AT(postbell_plugin, needs_minor, 12);
AT(postbell_plugin, kind, 16);
AT(postbell_plugin, needs, 20);
AT(postbell_plugin, flags, 24);
AT(postbell_plugin, platforms, 32);
AT(postbell_plugin, id, 40);
AT(postbell_plugin, name, 48);
AT(postbell_plugin, vendor, 56);
AT(postbell_plugin, version, 64);
AT(postbell_plugin, license, 72);
AT(postbell_plugin, url, 80);
AT(postbell_plugin, config_schema, 88);
AT(postbell_plugin, create, 96);
AT(postbell_plugin, extension, 104);
AT(postbell_plugin, start, 112);
AT(postbell_plugin, stop, 120);
AT(postbell_plugin, destroy, 128);
AT(postbell_plugin, table, 136);

VALUE(POSTBELL_HEADER_SECRET, 1);
VALUE(POSTBELL_HEADER_VARIES, 2);

VALUE(POSTBELL_OK, 0);
VALUE(POSTBELL_EINVAL, -1);
VALUE(POSTBELL_EDENIED, -2);
VALUE(POSTBELL_ENOTFOUND, -3);
VALUE(POSTBELL_EAGAIN, -4);
VALUE(POSTBELL_ELIMIT, -5);
VALUE(POSTBELL_EUNSUPPORTED, -6);
VALUE(POSTBELL_EINTERNAL, -7);

VALUE(POSTBELL_LOG_DEBUG, 0);
VALUE(POSTBELL_LOG_INFO, 1);
VALUE(POSTBELL_LOG_WARNING, 2);
VALUE(POSTBELL_LOG_ERROR, 3);

VALUE(POSTBELL_MAIL_NEW, 1);
VALUE(POSTBELL_MAIL_COUNT, 2);
VALUE(POSTBELL_MAIL_HEARD, 3);
VALUE(POSTBELL_MAIL_LOST, 4);
VALUE(POSTBELL_MAIL_RENEW, 5);
VALUE(POSTBELL_MAIL_ENDED, 6);

VALUE(POSTBELL_CALLBACK_REGISTRATION, 1);
VALUE(POSTBELL_CALLBACK_TENANT, 2);

VALUE(POSTBELL_CREDENTIAL_TLS_IDENTITY, 1);
VALUE(POSTBELL_CREDENTIAL_PRODUCTION, 2);
VALUE(POSTBELL_CREDENTIAL_SANDBOX, 4);

VALUE(POSTBELL_PUSH_NEW_MAIL, 1);
VALUE(POSTBELL_PUSH_COUNT_CHANGED, 2);
VALUE(POSTBELL_PUSH_CHECK_REGISTRATION, 3);

VALUE(POSTBELL_ENVIRONMENT_NONE, 0);
VALUE(POSTBELL_ENVIRONMENT_PRODUCTION, 1);
VALUE(POSTBELL_ENVIRONMENT_SANDBOX, 2);

VALUE(POSTBELL_STYLE_BADGE, 1);
VALUE(POSTBELL_STYLE_BADGE_SYNC, 2);
VALUE(POSTBELL_STYLE_ALERT, 3);

VALUE(POSTBELL_URGENCY_QUIET, 1);
VALUE(POSTBELL_URGENCY_HIGH, 2);

VALUE(POSTBELL_OUTCOME_DELIVERED, 1);
VALUE(POSTBELL_OUTCOME_RETRY, 2);
VALUE(POSTBELL_OUTCOME_TOKEN_DEAD, 3);
VALUE(POSTBELL_OUTCOME_TOKEN_FOREIGN, 4);
VALUE(POSTBELL_OUTCOME_CREDENTIAL, 5);
VALUE(POSTBELL_OUTCOME_REAUTHORIZE, 6);
VALUE(POSTBELL_OUTCOME_REJECTED, 7);

VALUE(POSTBELL_SCOPE_DEVICE, 0);
VALUE(POSTBELL_SCOPE_CREDENTIAL, 1);
VALUE(POSTBELL_SCOPE_ORIGIN, 2);

VALUE(POSTBELL_OUTCOME_NEW_CONNECTION, 1);

VALUE(POSTBELL_KIND_BACKEND, 1);
VALUE(POSTBELL_KIND_PROVIDER, 2);

VALUE(POSTBELL_NEEDS_OUTBOUND, 1);
VALUE(POSTBELL_NEEDS_SECRETS, 2);

VALUE(POSTBELL_NEVER_BLOCKS, 1);
VALUE(POSTBELL_HAS_ENVIRONMENTS, 2);

VALUE(POSTBELL_TASK_CLAIM, 1);
VALUE(POSTBELL_TASK_SUBSCRIBE, 2);
VALUE(POSTBELL_TASK_RENEW, 3);
VALUE(POSTBELL_TASK_REAUTHORIZE, 4);
VALUE(POSTBELL_TASK_UNSUBSCRIBE, 5);
VALUE(POSTBELL_TASK_COUNT, 6);
VALUE(POSTBELL_TASK_REFRESH, 7);
VALUE(POSTBELL_TASK_CHECK, 8);

VALUE(POSTBELL_STEP_SEND, 1);
VALUE(POSTBELL_STEP_DONE, 2);
VALUE(POSTBELL_STEP_RETRY, 3);
VALUE(POSTBELL_STEP_GONE, 4);
VALUE(POSTBELL_STEP_REFUSED, 5);
VALUE(POSTBELL_STEP_REAUTHORIZE, 6);

VALUE(POSTBELL_STEP_OF_MAILBOX, 0);
VALUE(POSTBELL_STEP_OF_INSTANCE, 1);
