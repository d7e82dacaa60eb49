/* SPDX-License-Identifier: Apache-2.0 */
/* postbell/abi.h - the plugin contract of the Postbell gateway, version 0, laid out as version 1 will be. C99 and later,
 * C++17 and later, 64-bit machines; includes nothing of ours.
 *
 * Rules that hold for every declaration below:
 *  ABI     within a major the layout is frozen: fields are only appended, enumerators and bits only added, ids only
 *          minted. sdk/abi/layout-0.txt is the layout; a test compares. (Major 0 may still break this rule, and then
 *          raises POSTBELL_ABI_LEAST_MINOR.)
 *  VERSION a plugin runs on every gateway of its major whose minor is at least the plugin's `needs_minor`, and whose
 *          POSTBELL_ABI_LEAST_MINOR is at most the minor that the plugin was built with.
 *  SIZE    every struct that may grow starts with `size`, and no struct ends in padding that a later field could hide
 *          in. The fields within POSTBELL_..._V1_SIZE are always there; a field appended later is read only if
 *          POSTBELL_HAS(p, field). A struct smaller than its V1 size breaks the contract; `postbell plugin validate`
 *          alone hands out smaller OUT structs, to see that POSTBELL_SET is used.
 *  OUT     a struct to be filled comes zeroed, with `size` set to the host's own: write with POSTBELL_SET.
 *  BITS    unknown bits of `flags` are ignored, unknown bits of `needs` are not granted, unknown enumerators have the
 *          meaning that their comment says. `needs_minor` says which minor a plugin cannot do without.
 *  STRIDE  an array of sized structs steps by the first element's `size`.
 *  OWNER   arguments are borrowed until the call returns, unless a comment says otherwise. Nothing is ever freed on
 *          the other side: results are handed to a callback, which copies them before it returns, or live as long as
 *          the comment says.
 *  THROW   no exception and no longjmp crosses; every function pointer here is `noexcept`.
 *  TEXT    postbell_str is UTF-8, not NUL-terminated; {NULL, 0} means absent, and so does {NULL, n}: save for a body
 *          and a header's value, where it is a defect.
 *  LENGTH  no text, body or array is read before its length was held against its limit below. A greater length is a
 *          breach: the log names the plugin, and the call counts as failed.
 *  TIME    *_ms are milliseconds; wall-clock times count from the UNIX epoch, 0 means "not told".
 *  THREAD  [main]   one thread, never concurrently with any other call on the same instance
 *          [worker] concurrent calls on the same instance are normal
 *          [serial] the calls for one credential, or one instance where the comment says so, never overlap, but may
 *                   come from any thread: no thread-local state between them
 *          [any]    callable from every thread, also from inside a callback. */
#ifndef POSTBELL_ABI_H
#define POSTBELL_ABI_H
#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#define POSTBELL_NOEXCEPT noexcept
extern "C" {
#else
#include <stddef.h>
#include <stdint.h>
#define POSTBELL_NOEXCEPT
#endif

#define POSTBELL_ABI_MAJOR 0u
#define POSTBELL_ABI_MINOR 4u
/* The oldest minor of this major with this layout. */
#define POSTBELL_ABI_LEAST_MINOR 2u
#define POSTBELL_EXPORT __attribute__((visibility("default")))

/* True if `p` is not NULL and its size says that `field` is there. The only way to read a field of a sized struct
 * that was appended after the struct's first release, on both sides. */
#define POSTBELL_HAS(p, field) \
    ((p) != NULL && (p)->size >= offsetof(__typeof__(*(p)), field) + sizeof((p)->field))

/* Writes a field of an OUT struct if the host knows it. The only way to write one. */
#define POSTBELL_SET(p, field, value)                       \
    do {                                                    \
        if (POSTBELL_HAS(p, field)) (p)->field = (value);   \
    } while (0)

/* ---- Limits of the host. More is refused as the function's comment says. ---------------------------------------- */
/* A mail server's message, if the listener's max_body_bytes allows as much (1 MiB by default). A larger one is answered
 * 413. */
#define POSTBELL_MAX_NOTIFICATION_BYTES (16u * 1024u * 1024u)
#define POSTBELL_MAX_EVENTS 10000u                      /* events of one reply                                    */
#define POSTBELL_MAX_DEDUP_KEY_BYTES 512u
#define POSTBELL_MAX_FOLDER_BYTES 4096u                 /* the canonical form of a folder's id                    */
#define POSTBELL_MAX_NOTE_BYTES 1024u
#define POSTBELL_MAX_PROBLEM_BYTES 1024u                /* a sentence for people; the rest is cut off             */
#define POSTBELL_MAX_ANSWER_BYTES (1024u * 1024u)       /* the body of respond()                                  */
#define POSTBELL_MAX_ANSWER_HEADERS 100u
#define POSTBELL_MAX_ROUTES 64u
#define POSTBELL_MAX_CALLBACK_BYTES 4096u               /* the JSON of describe()                                 */
#define POSTBELL_MAX_ORIGINS 32u                        /* of origins()                                           */
#define POSTBELL_MAX_ORIGIN_BYTES 512u
#define POSTBELL_MAX_DEVICE_TOKEN_BYTES 4096u           /* before and after check_token()                         */
#define POSTBELL_MAX_RESPONSE_BYTES (64u * 1024u)       /* a push network's answer; the rest is cut off           */
#define POSTBELL_MAX_STEP_RESPONSE_BYTES (1024u * 1024u) /* a mail server's answer to step(); more: status 0       */
#define POSTBELL_MAX_MAILBOX_BYTES 512u                 /* of CLAIM                                               */
#define POSTBELL_MAX_SUBSCRIPTION_BYTES 4096u           /* of SUBSCRIBE                                           */
#define POSTBELL_MAX_SECRET_FILE_BYTES (64u * 1024u)
#define POSTBELL_MAX_SCHEMA_BYTES (64u * 1024u)
#define POSTBELL_MAX_APP_SETTINGS_BYTES 4096u           /* postbell_push.settings, names and values together     */
#define POSTBELL_MAX_COUNTERS 256u                      /* of one instance                                        */
#define POSTBELL_MAX_COUNTER_NAME_BYTES 64u
#define POSTBELL_MAX_LOG_TEXT_BYTES 2048u
#define POSTBELL_MAX_LOG_FIELDS 16u
#define POSTBELL_MAX_REQUEST_BYTES (1024u * 1024u)      /* the body of a postbell_http_request                    */
#define POSTBELL_MAX_REQUEST_HEADERS 100u
#define POSTBELL_MAX_HEADER_NAME_BYTES 256u             /* of requests, authorizations and answers                */
#define POSTBELL_MAX_HEADER_VALUE_BYTES (16u * 1024u)   /* the same                                               */
#define POSTBELL_MAX_METHOD_BYTES 32u
#define POSTBELL_MAX_PATH_BYTES (16u * 1024u)           /* with its query                                         */
#define POSTBELL_MAX_IDENTITY_BYTES (256u * 1024u)      /* postbell_credential_report.identity                    */
#define POSTBELL_MAX_TOPICS 1000u
#define POSTBELL_MAX_TEXT_BYTES (64u * 1024u)           /* any other text. A longer one is a wrong length, and is
                                                           not read: not even cut off                             */

/* Borrowed text and borrowed bytes. */
typedef struct postbell_str { const char* ptr; size_t len; } postbell_str;
typedef struct postbell_bytes { const uint8_t* ptr; size_t len; } postbell_bytes;

/* A name (lower case) and a value. For headers, flags tell the host how to compress it: SECRET never enters an HPACK
 * table (RFC 7541, 7.1.3) and is never logged; VARIES is not worth an entry. */
enum { POSTBELL_HEADER_SECRET = 1, POSTBELL_HEADER_VARIES = 2 };
typedef struct postbell_header { postbell_str name; postbell_str value; uint32_t flags; } postbell_header;

/* 0 and up: success; an unknown negative value counts as POSTBELL_EINTERNAL. */
typedef int32_t postbell_status;
enum {
    POSTBELL_OK = 0,
    POSTBELL_EINVAL = -1,       /* an argument is wrong                                       */
    POSTBELL_EDENIED = -2,      /* not allowed: a wrong proof, a grant that is not there      */
    POSTBELL_ENOTFOUND = -3,    /* nothing has that name                                      */
    POSTBELL_EAGAIN = -4,       /* not now; the same call may succeed later                   */
    POSTBELL_ELIMIT = -5,       /* a limit was reached: memory, size, count                   */
    POSTBELL_EUNSUPPORTED = -6, /* this side does not know the request                        */
    POSTBELL_EINTERNAL = -7     /* a defect of the callee                                     */
};

/* Takes one value, copying it before it returns. The host's; valid until the call that it was given to returns. */
typedef struct postbell_sink {
    uint32_t size;
    void (*put)(void* user, postbell_bytes) POSTBELL_NOEXCEPT;
    void* user;
} postbell_sink;

/* ---- Host services: host->service(host, ID) gives a table, or NULL if it is unknown or not granted ---------------
 * `host` and every table live until destroy() returned. */
typedef struct postbell_host postbell_host;
struct postbell_host {
    uint32_t size, abi_major, abi_minor;
    postbell_str name, version; /* of the gateway                                    */
    postbell_str instance;      /* the name that the admin gave this config section  */
    const void* (*service)(const postbell_host*, const char* id) POSTBELL_NOEXCEPT; /* [any] */
};

#define POSTBELL_SERVICE_LOG "postbell.log/0"
enum { POSTBELL_LOG_DEBUG, POSTBELL_LOG_INFO, POSTBELL_LOG_WARNING, POSTBELL_LOG_ERROR };
/* Never hand it a token, a secret, a subscription id, an address or anything else of a notification's content. */
typedef struct postbell_log_v0 {
    uint32_t size;
    int (*enabled)(const postbell_host*, int level) POSTBELL_NOEXCEPT; /* [any] */
    void (*write)(const postbell_host*, int level, postbell_str text, const postbell_header* fields,
                  size_t count) POSTBELL_NOEXCEPT; /* [any] */
} postbell_log_v0;

#define POSTBELL_SERVICE_METRICS "postbell.metrics/0"
/* A counter appears on /metrics as postbell_plugin_<name>_total{plugin_instance="..."}. Names: [a-z0-9_], 1 to
 * POSTBELL_MAX_COUNTER_NAME_BYTES; a wrong name gives 0, and an error in the log that names it. Every call takes one of
 * the POSTBELL_MAX_COUNTERS, also one with a name that is known already: both ids count the same. Not in handle(). */
typedef uint64_t postbell_counter; /* 0: none; adding to it does nothing */
typedef struct postbell_metrics_v0 {
    uint32_t size;
    postbell_counter (*counter)(const postbell_host*, postbell_str name, postbell_str help) POSTBELL_NOEXCEPT; /* [main] */
    void (*add)(const postbell_host*, postbell_counter, double amount) POSTBELL_NOEXCEPT; /* [any] at most 1e12 a call */
} postbell_metrics_v0;

#define POSTBELL_SERVICE_TIME "postbell.time/0" /* the only clock a plugin reads: tests drive it */
typedef struct postbell_time_v0 {
    uint32_t size;
    int64_t (*wall_ms)(const postbell_host*) POSTBELL_NOEXCEPT;   /* [any] */
    int64_t (*steady_ms)(const postbell_host*) POSTBELL_NOEXCEPT; /* [any] never goes back */
} postbell_time_v0;

#define POSTBELL_SERVICE_CONFIG "postbell.config/0"
/* This instance's section, after it was checked against the plugin's schema. Values that are not text come as JSON. */
typedef struct postbell_config_v0 {
    uint32_t size;
    /* ENOTFOUND: the key is not in the section. The text lives until destroy() returned. [any] */
    postbell_status (*get)(const postbell_host*, postbell_str key, postbell_str* out) POSTBELL_NOEXCEPT;
} postbell_config_v0;

/* ---- Services behind a grant: NULL unless the descriptor `needs` it and the admin's section grants it ---- */

#define POSTBELL_SERVICE_OUTBOUND "postbell.outbound/0" /* grant "outbound" */
/* The host sends the requests of the extension POSTBELL_EXTENSION_MANAGED. */
typedef struct postbell_outbound_v0 {
    uint32_t size;
    /* Asks for a POSTBELL_TASK_REFRESH soon. Often is harmless: the host paces it. [any] */
    void (*refresh)(const postbell_host*) POSTBELL_NOEXCEPT;
} postbell_outbound_v0;

#define POSTBELL_SERVICE_SECRETS "postbell.secrets/0" /* grant "secrets" */
typedef struct postbell_secrets_v0 {
    uint32_t size;
    /* Reads the file that `key` of the section names, now, and lends its content to use() for the
     * length of that call. ENOTFOUND: the key is not in the section. EDENIED: the file cannot be
     * read, or others may read it; `problem` gets a sentence. EINTERNAL: as EDENIED, but for the
     * moment: the machine is short of descriptors or memory, or fails to read. [any] */
    postbell_status (*lend)(const postbell_host*, postbell_str key,
                            void (*use)(void* user, postbell_bytes) POSTBELL_NOEXCEPT, void* user,
                            const postbell_sink* problem) POSTBELL_NOEXCEPT;
} postbell_secrets_v0;

/* ---- Backend: mail server -> gateway ---------------------------------------------------------------------------- */

/* The kinds of events of a mailbox. An unknown kind counts as POSTBELL_MAIL_HEARD. */
enum {
    POSTBELL_MAIL_NEW = 1, /* new mail: wakes the device, high priority                                  */
    POSTBELL_MAIL_COUNT,   /* the count changed without new mail (read elsewhere): quiet                 */
    POSTBELL_MAIL_HEARD,   /* a sign of life (EWS StatusEvent): no push, the subscription is alive       */
    POSTBELL_MAIL_LOST,    /* events were lost: a changed count, unknown; the device looks for itself    */
    POSTBELL_MAIL_RENEW,   /* the server wants the subscription renewed or reauthorised: action `renew`  */
    POSTBELL_MAIL_ENDED    /* the server ended the subscription: action `resubscribe`; see describe()    */
};

/* Whom an event is for:
 *   on a registration's callback   that registration. Mail wakes the device whatever `subscription` is; but only the
 *                                  id that the app reported is a sign of life, can be renewed, and can end. `account`
 *                                  is EINVAL there
 *   on a tenant's callback         every registration of that tenant that reported `subscription`; or, if `account` is
 *                                  set instead, every one whose account was proven to be this one. None or both of
 *                                  the two are EINVAL
 * Subscription ids are never unique beyond that. A message that speaks of one subscription's folder several times
 * stages one event for it: the strongest kind, the last known count.
 *
 * An account is the mailbox's primary SMTP address (EWS PrimarySmtpAddress, Graph `mail`), not an alias, a UPN or a
 * login name where they differ. Apps hash it, the host hashes what a backend stages, and both do so after the same
 * steps: white space (blank, tab, CR, LF) round it is taken off, A to Z become lower case, every other byte stays as it
 * is; then SHA-256 of the UTF-8 text. The host takes these steps itself and forgets the name: a backend hands over
 * the message's text. A server that names mailboxes otherwise reaches only apps that hash that very name. */
typedef struct postbell_mail_event {
    uint32_t size, kind;
    int32_t unread;         /* the folder's total; -1, and any less: unknown, and then it never becomes a badge      */
    uint32_t flags;         /* none yet: 0                                                                           */
    postbell_str subscription, account;
    postbell_str proof;     /* the message's echo of the second secret; needs_proof routes only                      */
    postbell_str folder;    /* the id that the message names; absent: the inbox. A count becomes a badge only if the
                               folder is the one that the app reported, or none is named                            */
    postbell_str dedup_key; /* equal to that of one of the registration's last events (8 of new mail, 4 of changed
                               counts): dropped                                                                      */
    int64_t occurred_ms;    /* 0: unknown                                                                            */
    /* since minor 3 */
    postbell_str canonical_folder; /* the form that the backend's folder() gives of `folder`; absent: it has none    */
    int64_t retry_after_ms; /* ENDED: the server wants no new subscription for so long; 0: not told                  */
} postbell_mail_event;

/* The token that a route's path ends in; the host looks it up before the plugin sees the request (see `known`). */
enum {
    POSTBELL_CALLBACK_REGISTRATION = 1, /* /<instance>/<token of one registration>; given to the app            */
    POSTBELL_CALLBACK_TENANT = 2        /* /<instance>/<token of one tenant>; an admin puts it into the server  */
};
typedef struct postbell_route {
    uint32_t size, callback;     /* a kind of callback that the gateway does not serve is refused at the start       */
    uint32_t needs_proof;        /* events without the right proof are refused (EDENIED), compared in constant time  */
    uint32_t needs_secret;       /* tenant's callbacks: none is made without a secret, so that callback_secret is
                                    there wherever the token is known                                                */
    uint32_t max_body;           /* bytes; 0: the listener's limit. Larger bodies are answered 413                   */
    uint32_t flags;              /* none yet: 0                                                                      */
    postbell_str method, suffix; /* suffix: the path behind the token, absent for none ("/lifecycle")                */
} postbell_route;

typedef struct postbell_request {
    uint32_t size, route;               /* index into routes()                                                       */
    uint32_t known;                     /* 0: the token is unknown or withdrawn. The plugin still answers in its
                                           protocol's way; event() gives ENOTFOUND                                   */
    uint32_t flags;                     /* none yet                                                                  */
    postbell_str method, query, peer;   /* query: undecoded, without '?'; peer: the address, without a port          */
    postbell_str callback_secret;       /* a tenant callback's own secret, lent; absent if there is none             */
    const postbell_header* headers; size_t header_count; /* names in lower case                                      */
    postbell_bytes body;
} postbell_request;

typedef struct postbell_reply postbell_reply;
/* The host's; dies with the call. The host commits the events, then sends the answer. */
struct postbell_reply {
    uint32_t size;
    /* ENOTFOUND: no such subscription (withdrawn, replaced, never known). On a registration's callback: answer as the
     * protocol ends a subscription. On a tenant's callback that is normal, since most people have no phone registered:
     * answer as for an event that was taken, and never end a whole server's subscription for it.
     * EDENIED: the proof is wrong: nothing was staged. A refused event does not spoil the others of the same message.
     * EINVAL: the event breaks the contract (kind 0, a key too long, an account where there can be none); the log has
     * it, whatever handle() returns.
     * ELIMIT: more than POSTBELL_MAX_EVENTS. */
    postbell_status (*event)(postbell_reply*, const postbell_mail_event*) POSTBELL_NOEXCEPT;
    /* A text for the subscriber: on a registration's callback the app fetches it with
     * GET /v1/registrations/{id}, and the device is woken; on one of a subscription that the gateway holds it opens a
     * POSTBELL_TASK_CONFIRM, durable and held until SUBSCRIBE has ended. 1 to POSTBELL_MAX_NOTE_BYTES, else EINVAL;
     * control characters become blanks. The last call counts. ENOTFOUND: an unknown token, or a tenant's callback. */
    postbell_status (*note)(postbell_reply*, postbell_str text) POSTBELL_NOEXCEPT;
    /* The answer. A second call replaces the first. status: 200 to 599, else EINVAL, as for a body or header beyond its
     * limit. A header that HTTP does not allow is left out. The log names both. */
    postbell_status (*respond)(postbell_reply*, int32_t status, const postbell_header*, size_t,
                               postbell_bytes body) POSTBELL_NOEXCEPT;
    /* A sentence on the fault of this message, or of the plugin: for the gateway's log, which repeats it at most once a
     * minute. Nothing secret and nothing of a mail in it. A second call replaces the first. */
    postbell_status (*problem)(postbell_reply*, postbell_str sentence) POSTBELL_NOEXCEPT;
};

/* A backend's description of its instance. */
typedef struct postbell_description {
    uint32_t size;
    uint32_t heartbeat_ms; /* the longest silence of a live subscription (EWS: its StatusFrequency); 0: silence means
                              nothing, and ENDED is final (else a later sign of life takes it back)                 */
    postbell_str callback; /* a JSON object whose members the app gets beside the callback URL
                              ({"status_frequency_minutes": 15}); absent: none. Lives until destroy()               */
} postbell_description;

typedef struct postbell_backend_v0 {
    uint32_t size;
    postbell_status (*describe)(void* self, postbell_description*) POSTBELL_NOEXCEPT; /* [main] */
    /* The array lives until destroy(). [main] */
    const postbell_route* (*routes)(void* self, size_t* count) POSTBELL_NOEXCEPT;
    /* OK without respond(): 204. EINVAL: 400. Any other error: 413 after an ELIMIT of event(), else 503; say why with
     * problem(). Nothing is committed on an error or on an answer of 400 and up. May block only if the descriptor does
     * not say POSTBELL_NEVER_BLOCKS; then it runs in a pool of its own. [worker] */
    postbell_status (*handle)(void* self, const postbell_request*, postbell_reply*) POSTBELL_NOEXCEPT;
    /* since minor 3; may be NULL. Puts the canonical form of a folder's id that an app reported, at most
     * POSTBELL_MAX_FOLDER_BYTES: all spellings of one folder have the same, and no two folders do. ENOTFOUND: the id has
     * none, and is compared as it is. Never blocks: a slow call is named in the log. Any other error, no put, a second
     * one or too much of it counts as none, and is in the log. [worker] */
    postbell_status (*folder)(void* self, postbell_str id, const postbell_sink* canonical) POSTBELL_NOEXCEPT;
} postbell_backend_v0;

/* ---- Provider: gateway -> device ---------------------------------------------------------------------------------
 * A provider is a codec. Credentials belong to tenants' apps and come, are renewed and go while the gateway runs;
 * sockets, TLS, proxies, retries, token caches and pacing are the host's. Nothing here blocks or calls out. Unless the
 * descriptor says POSTBELL_EXPENSIVE_ENCODER, request() runs on the loop of all pushes: 50 microseconds are much. */

typedef struct postbell_credential_file {
    uint32_t size;
    postbell_bytes content;
    postbell_str password;
    const postbell_header* settings; size_t setting_count; /* key-id, team-id, ... as the admin gave them  */
    postbell_str app;                                      /* the bundle id or package that it is meant for */
} postbell_credential_file;

enum {
    POSTBELL_CREDENTIAL_TLS_IDENTITY = 1, /* host: present `identity` in the TLS handshake                 */
    POSTBELL_CREDENTIAL_PRODUCTION = 2,   /* serves devices of the production environment                   */
    POSTBELL_CREDENTIAL_SANDBOX = 4       /* serves devices of the sandbox environment                      */
};
/* The content of a credential. Lives until the report call returns. No text of it carries the secret. */
typedef struct postbell_credential_report {
    uint32_t size, flags;
    postbell_str kind, subject;      /* "apns-key", "apns-certificate"; subject: whom it names, for lists     */
    postbell_str problem;            /* a sentence for the admin; absent if the credential is good            */
    const postbell_str* topics; size_t topic_count; /* apps it may push to; none: not told by the file        */
    int64_t valid_from_ms, expires_ms;              /* 0: no such limit                                       */
    /* since minor 4. POSTBELL_CREDENTIAL_TLS_IDENTITY: private key, its certificate and the chain above it, as PEM
     * without a password. The host stores this in place of the file, and gives it to inspect() and open() from then on,
     * without a password: one reader decides what is in a file. Absent: the file's content is such PEM itself. */
    postbell_bytes identity;
} postbell_credential_report;

typedef struct postbell_http_request {
    uint32_t size;
    postbell_str method, origin, path; /* origin: "https://host:port" (port optional); path with its query            */
    const postbell_header* headers; size_t header_count; /* names in lower case; without pseudo-headers and
                                                            content-length. No header name with other characters than
                                                            a token's, no value or path with controls or blanks at
                                                            its ends: such a request is a defect, and is not sent     */
    postbell_bytes body;
    postbell_str problem;      /* with an error of request(): a sentence on why                                       */
} postbell_http_request;

/* An HTTP answer, as the host's client received it. status 0: there was none, and `detail` says why. */
typedef struct postbell_response {
    uint32_t size; int32_t status;
    const postbell_header* headers; size_t header_count;
    postbell_bytes body;
    postbell_str detail;
} postbell_response;

/* The report of check_token(). Lives until the report call returns. */
typedef struct postbell_token_check {
    uint32_t size;
    postbell_str normal;  /* the token's normal form, which check_token() takes to itself; absent: it is no token    */
    postbell_str problem; /* a sentence for the app's developer where `normal` is absent                             */
    postbell_str origin;  /* POSTBELL_DEVICES_NAME_ORIGIN: where pushes to this device go, "https://host:port".
                             The host connects to public addresses only, or to those that the config lists          */
    int64_t expires_ms;   /* wall clock: the network forgets the device then; 0 and less: not told. One in the past
                             is taken, and pushes go out until the network says no                                  */
} postbell_token_check;

/* The proof that goes with a request: a header with its times, or an HTTP exchange whose answer goes to authorized(). It
 * is presented to every origin: a proof that depends on the origin (VAPID's `aud`, RFC 8292, 2) belongs into request(),
 * and so does one for a single push. An `expires_ms` that is not in the future is refused; one that is near is asked for
 * again and again. */
typedef struct postbell_authorization {
    uint32_t size;
    postbell_header header;                  /* absent name: none is needed (a TLS identity)                          */
    int64_t renew_ms, expires_ms;            /* wall clock: fetch a new one from renew on; useless from expires on    */
    int64_t not_renewed_before_ms;           /* wall clock: the network resents an earlier renewal (Apple: 20 min). All
                                                credentials with the same file, password and settings present it then,
                                                whatever their apps                                                   */
    const postbell_http_request* exchange;   /* not NULL: do this first (OAuth)                                       */
    postbell_str problem;                    /* not absent: the credential was refused, and this is why; with EAGAIN:
                                                why not now                                                           */
    int64_t retry_after_ms;                  /* with EAGAIN: ask again after so long; 0 leaves it to the host         */
} postbell_authorization;

enum { POSTBELL_PUSH_NEW_MAIL = 1, POSTBELL_PUSH_COUNT_CHANGED, POSTBELL_PUSH_CHECK_REGISTRATION };
enum { POSTBELL_ENVIRONMENT_NONE = 0, POSTBELL_ENVIRONMENT_PRODUCTION = 1, POSTBELL_ENVIRONMENT_SANDBOX = 2 };
enum { POSTBELL_STYLE_BADGE = 1, POSTBELL_STYLE_BADGE_SYNC, POSTBELL_STYLE_ALERT };
enum { POSTBELL_URGENCY_QUIET = 1, POSTBELL_URGENCY_HIGH = 2 }; /* QUIET: no sound, no wake-up of a person */
typedef struct postbell_push {
    uint32_t size, kind, style, urgency, environment;
    uint32_t attempt;          /* from 1                                                                          */
    int32_t unread, badge;     /* this registration's count, and the sum for the device's app; -1: unknown        */
    postbell_str id;           /* a UUID, the same in every attempt of one push                                   */
    postbell_str token;        /* the device token in check_token's normal form                                   */
    postbell_str app;          /* bundle id or package                                                            */
    postbell_str platform;     /* one of the descriptor's platforms                                               */
    postbell_str registration; /* the public registration id that the payload names                               */
    int64_t expires_ms;        /* wall clock: the network need not keep it longer                                 */
    const postbell_header* settings; size_t setting_count; /* the app's own, as app_schema describes them; may be
                                                              none although the schema requires some              */
} postbell_push;

/* The outcomes of a push. An unknown result counts as RETRY. */
enum {
    POSTBELL_OUTCOME_DELIVERED = 1, /* the network took it                                                          */
    POSTBELL_OUTCOME_RETRY,         /* not now: `scope` says whom to slow down                                      */
    POSTBELL_OUTCOME_TOKEN_DEAD,    /* the network's explicit word that the device is gone                          */
    POSTBELL_OUTCOME_TOKEN_FOREIGN, /* dead, or the credential is the wrong one: the host decides by its other
                                       deliveries                                                                   */
    POSTBELL_OUTCOME_CREDENTIAL,    /* the credential was refused: the host pauses it and keeps its pending pushes  */
    POSTBELL_OUTCOME_REAUTHORIZE,   /* the authorization was refused: get a new one, then send again                */
    POSTBELL_OUTCOME_REJECTED       /* our fault (a bad payload): dropped, counted, logged                          */
};
enum { POSTBELL_SCOPE_DEVICE = 0, POSTBELL_SCOPE_CREDENTIAL = 1, POSTBELL_SCOPE_ORIGIN = 2 };
enum { POSTBELL_OUTCOME_NEW_CONNECTION = 1 }; /* flag: send again on another connection than the one that answered */
typedef struct postbell_outcome {
    uint32_t size, result, scope, flags;
    int64_t retry_after_ms;  /* 0 leaves it to the host's back-off                                                  */
    int64_t backoff_ms;      /* RETRY without retry_after_ms: the host's back-off begins here, and doubles with each
                                attempt that failed without naming a pause; 0: the host's own                       */
    int64_t dead_since_ms;   /* TOKEN_DEAD: wall clock, 0 if not told                                               */
    postbell_str reason;     /* the network's own word; for logs, metrics and `push test`; from a closed set        */
    postbell_str advice;     /* a sentence for the admin, may be absent                                             */
} postbell_outcome;

typedef struct postbell_provider_v0 {
    uint32_t size;
    /* The origins that requests of this instance go to, authorizations included: the network's own, or the config's in
     * their place. `postbell check` tries each. Lives until destroy(). [main] */
    const postbell_str* (*origins)(void* self, size_t* count) POSTBELL_NOEXCEPT;
    /* Could this network have issued the token? Calls report() once. OK also where the report names a problem. EINVAL: it
     * is none, with or without a report. Any other error, or OK without a report, says nothing of the token: the device
     * gets 503 and comes again, and the log has the report's `problem`, if there is one; EAGAIN is no defect. [worker] */
    postbell_status (*check_token)(void* self, postbell_str token,
                                   void (*report)(void* user, const postbell_token_check*) POSTBELL_NOEXCEPT,
                                   void* user) POSTBELL_NOEXCEPT;
    /* Calls report() once. OK also where the report names a problem. With an error `problem` still goes to the admin, and
     * unless it is EINVAL, to the log; without one the admin reads that the file cannot be read. [worker] */
    postbell_status (*inspect)(void* self, const postbell_credential_file*, int64_t now_ms,
                               void (*report)(void* user, const postbell_credential_report*) POSTBELL_NOEXCEPT,
                               void* user) POSTBELL_NOEXCEPT;
    /* A credential in use: the plugin's own object, and not NULL. The file's texts are the plugin's to copy. Any error:
     * the credential is not used, and opening it is tried again later. There is no place for a sentence: a fault of the
     * file is for inspect() to find, another for the plugin to log. [serial] */
    postbell_status (*open)(void* self, const postbell_credential_file*, void** credential) POSTBELL_NOEXCEPT;
    void (*close)(void* self, void* credential) POSTBELL_NOEXCEPT; /* [serial] */
    /* The results of the following four stay valid until the next of them on the same credential. authorize() and
     * authorized(): EAGAIN if it cannot be had now (an authorization server that is overloaded), which is not held
     * against the credential; any other error counts the same. [serial] */
    postbell_status (*authorize)(void* self, void* credential, int64_t now_ms,
                                 postbell_authorization*) POSTBELL_NOEXCEPT;
    postbell_status (*authorized)(void* self, void* credential, const postbell_response*, int64_t now_ms,
                                  postbell_authorization*) POSTBELL_NOEXCEPT;
    /* The authorization's header is added by the host, unless the request has one of that name. EAGAIN: not now, the same
     * push again later. EINVAL: this push can never be encoded (a token of another kind, a payload that is too large) and
     * is dropped. Any other error is a defect: tried again with back-off. `problem` says why, for the log, which has it
     * once a minute at most. */
    postbell_status (*request)(void* self, void* credential, const postbell_push*, int64_t now_ms,
                               postbell_http_request*) POSTBELL_NOEXCEPT;
    /* An error counts as RETRY; `advice` says why, for the log. */
    postbell_status (*outcome)(void* self, void* credential, const postbell_push*, const postbell_response*,
                               int64_t now_ms, postbell_outcome*) POSTBELL_NOEXCEPT;
} postbell_provider_v0;

/* ---- Extension of a backend: managed subscriptions --------------------------------------------------------------
 * The backend turns tasks into HTTP requests and answers into results; when a task is due, how often it is tried again,
 * tokens, throttling, sockets and storage are the host's. Used only with the grant "outbound". */
#define POSTBELL_EXTENSION_MANAGED "postbell.managed/0"

enum {
    POSTBELL_TASK_CLAIM = 1,   /* grant -> mailbox: the mailbox that a device's grant proves */
    POSTBELL_TASK_SUBSCRIBE,   /* mailbox, callback_url, proof -> subscription, expires_ms   */
    POSTBELL_TASK_RENEW,       /* mailbox, subscription -> expires_ms                        */
    POSTBELL_TASK_REAUTHORIZE, /* the same, because the server asked for it (MAIL_RENEW)     */
    POSTBELL_TASK_UNSUBSCRIBE, /* mailbox, subscription; GONE is as good as DONE             */
    POSTBELL_TASK_COUNT,       /* mailbox -> unread                                          */
    POSTBELL_TASK_REFRESH,     /* at start, daily, and when asked for: the plugin's own keys */
    POSTBELL_TASK_CHECK,       /* for `postbell check`: could all this work?                 */
    POSTBELL_TASK_CONFIRM      /* mailbox, subscription, note -> the server may notify from
                                  now on (JMAP's PushVerification)                           */
};
typedef struct postbell_task {
    uint32_t size, kind;
    postbell_str grant;        /* CLAIM: the JSON object that the device sent; not trusted   */
    postbell_str mailbox;      /* the result of CLAIM: the plugin's own name of the mailbox  */
    postbell_str subscription; /* the result of SUBSCRIBE                                    */
    postbell_str callback_url, proof; /* SUBSCRIBE: the URL to notify, and the text to echo  */
    postbell_str note;         /* CONFIRM: the text that handle() gave to note()             */
} postbell_task;

/* The result of a step. An unknown one counts as RETRY. */
enum {
    POSTBELL_STEP_SEND = 1,   /* send `request`; its answer comes with the next step()       */
    POSTBELL_STEP_DONE,       /* the end: the task's results are filled in                   */
    POSTBELL_STEP_RETRY,      /* not now: the same task again later                          */
    POSTBELL_STEP_GONE,       /* the server does not know the subscription: subscribe anew   */
    POSTBELL_STEP_REFUSED,    /* no, and trying again soon will not help; `problem` says why */
    POSTBELL_STEP_REAUTHORIZE /* the authorization was refused: a new one, then from the start */
};
enum { POSTBELL_STEP_OF_MAILBOX = 0, POSTBELL_STEP_OF_INSTANCE = 1 };
typedef struct postbell_step {
    uint32_t size, result;
    uint32_t scope;     /* RETRY, REFUSED: whom the server means: POSTBELL_STEP_OF_...        */
    uint32_t authorize; /* SEND: not 0: with the header of authorize()                      */
    int32_t unread;     /* the inbox's total; -1: unknown                                   */
    uint32_t flags;     /* none yet: 0                                                      */
    const postbell_http_request* request; /* SEND                                           */
    int64_t retry_after_ms;               /* RETRY: 0 leaves it to the host's back-off        */
    int64_t expires_ms;                   /* wall clock; 0: does not end                     */
    postbell_str mailbox;                 /* at most POSTBELL_MAX_MAILBOX_BYTES              */
    postbell_str subscription;            /* at most POSTBELL_MAX_SUBSCRIPTION_BYTES         */
    postbell_str problem; /* a sentence for people without anything secret; with DONE: advice */
} postbell_step;

typedef struct postbell_managed_v0 {
    uint32_t size;
    /* The only origins, beside the section's `allowed_origins`, that requests may go to. http://
     * only to a loopback address. Lives until destroy(). [main] */
    const postbell_str* (*origins)(void* self, size_t* count) POSTBELL_NOEXCEPT;
    /* All that follows never overlaps on an instance; handle() may run at the same time. Their
     * results stay valid until the next call with the same `self` (authorize, authorized) or the
     * same `task` (step). authorize() and authorized(): EAGAIN as for providers. [serial] */
    postbell_status (*authorize)(void* self, int64_t now_ms,
                                 postbell_authorization*) POSTBELL_NOEXCEPT;
    postbell_status (*authorized)(void* self, const postbell_response*, int64_t now_ms,
                                  postbell_authorization*) POSTBELL_NOEXCEPT;
    /* The plugin copies the texts of the task that it keeps. EINVAL, EUNSUPPORTED, or OK with NULL: the plugin does not
     * know the task, which is refused. Any other error: tried again later. The log has it. */
    postbell_status (*open)(void* self, const postbell_task*, void** task) POSTBELL_NOEXCEPT;
    /* response: NULL the first time, then the answer to the last step's request. An error: tried again later, and the
     * log has `problem`. A CLAIM that is DONE without a mailbox, or GONE, is a defect. */
    postbell_status (*step)(void* self, void* task, const postbell_response*, int64_t now_ms,
                            postbell_step*) POSTBELL_NOEXCEPT;
    void (*close)(void* self, void* task) POSTBELL_NOEXCEPT;
} postbell_managed_v0;

/* ---- The one exported symbol: POSTBELL_EXPORT extern const postbell_plugin postbell_plugin_v0; -------------------
 * It is data: the host reads it before any code of the plugin's runs. The name carries the major. */
#define POSTBELL_PLUGIN_SYMBOL "postbell_plugin_v0"
enum { POSTBELL_KIND_BACKEND = 1, POSTBELL_KIND_PROVIDER = 2 };
enum { POSTBELL_NEEDS_OUTBOUND = 1, POSTBELL_NEEDS_SECRETS = 2 };
enum {
    POSTBELL_NEVER_BLOCKS = 1,     /* backend: handle() never waits for anything                      */
    POSTBELL_HAS_ENVIRONMENTS = 2,  /* provider: devices belong to production or sandbox (APNs)        */
    POSTBELL_DEVICES_NAME_ORIGIN = 4, /* provider: check_token() reports an `origin`, and requests for the
                                         device go there (Web Push); origins() may be empty. The header of
                                         authorize() and the credential's TLS identity go only to those of
                                         them that the operator lists in allowed_origins                */
    POSTBELL_EXPENSIVE_ENCODER = 8  /* provider: request() takes its time (encryption) and runs beside the loop
                                       of all pushes                                                    */
};
typedef struct postbell_plugin {
    uint32_t size, abi_major, abi_minor, needs_minor; /* built with; and the least minor it runs with          */
    uint32_t kind, needs, flags;                      /* needs: grants asked for; flags: its promises          */
    const char* platforms;                            /* provider: "ios", "android", separated by blanks       */
    const char *id, *name, *vendor, *version, *license, *url; /* id: "com.example.zimbra"                      */
    /* JSON Schemas (draft 7) of an object, at most POSTBELL_MAX_SCHEMA_BYTES each. The last two are a provider's, and
     * may be NULL; their properties are texts on the wire, whatever their type:
     *   config_schema      this plugin's own keys in its section, without the host's: instance, plugin, enabled, grants,
     *                      pool_threads. `endpoint` and `allowed_origins` are the host's as well, and may be named
     *   credential_schema  the settings of a credential (`credential add --setting k=v`), beside its file. A property
     *                      with "writeOnly": true is a secret. The keyword "file" says what file there is:
     *                      {"required": true, "description": "...", "password": true}; without it, none has to be there
     *   app_schema         the settings of an app for its pushes: postbell_push.settings. They are shown, so that
     *                      "writeOnly" is refused; a name that the schema does not have is refused, too, unless it has
     *                      "additionalProperties" or "patternProperties" */
    const char *config_schema, *credential_schema, *app_schema;
    /* On failure a NUL-terminated sentence for the admin goes into `error`. create(), start(), stop() and destroy() may
     * take their time: after 5 s the log names the call that lasts. A gateway that has not stopped 50 s after SIGTERM
     * ends with an error that names it. exit() in a plugin is told as the plugin's, and is a failure. [main] */
    postbell_status (*create)(const postbell_host*, void** self, char* error, size_t error_size) POSTBELL_NOEXCEPT;
    /* Optional extensions by id; NULL for an unknown one. [any] */
    const void* (*extension)(void* self, const char* id) POSTBELL_NOEXCEPT;
    postbell_status (*start)(void* self) POSTBELL_NOEXCEPT; /* [main] */
    void (*stop)(void* self) POSTBELL_NOEXCEPT;    /* [main] on return: no thread, no callback, no timer is left */
    void (*destroy)(void* self) POSTBELL_NOEXCEPT; /* [main] */
    const void* table;                             /* postbell_backend_v0 or postbell_provider_v0 by kind        */
} postbell_plugin;

/* ---- The least size of each struct: that of version 1 on 64-bit machines. They never change. --------------------- */
#define POSTBELL_SINK_V1_SIZE              24u
#define POSTBELL_HOST_V1_SIZE              72u
#define POSTBELL_LOG_V1_SIZE               24u
#define POSTBELL_METRICS_V1_SIZE           24u
#define POSTBELL_TIME_V1_SIZE              24u
#define POSTBELL_CONFIG_V1_SIZE            16u
#define POSTBELL_OUTBOUND_V1_SIZE          16u
#define POSTBELL_SECRETS_V1_SIZE           16u
#define POSTBELL_MAIL_EVENT_V1_SIZE        104u
#define POSTBELL_ROUTE_V1_SIZE             56u
#define POSTBELL_REQUEST_V1_SIZE           112u
#define POSTBELL_REPLY_V1_SIZE             40u
#define POSTBELL_DESCRIPTION_V1_SIZE       24u
#define POSTBELL_BACKEND_V1_SIZE           32u
#define POSTBELL_CREDENTIAL_FILE_V1_SIZE   72u
#define POSTBELL_CREDENTIAL_REPORT_V1_SIZE 88u
#define POSTBELL_HTTP_REQUEST_V1_SIZE      104u
#define POSTBELL_RESPONSE_V1_SIZE          56u
#define POSTBELL_TOKEN_CHECK_V1_SIZE       64u
#define POSTBELL_AUTHORIZATION_V1_SIZE     104u
#define POSTBELL_PUSH_V1_SIZE              136u
#define POSTBELL_OUTCOME_V1_SIZE           72u
#define POSTBELL_PROVIDER_V1_SIZE          80u
#define POSTBELL_TASK_V1_SIZE              104u
#define POSTBELL_STEP_V1_SIZE              96u
#define POSTBELL_MANAGED_V1_SIZE           56u
#define POSTBELL_PLUGIN_V1_SIZE            160u

#if defined(__cplusplus)
#define POSTBELL_ASSERT(condition, text) static_assert(condition, text)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define POSTBELL_ASSERT(condition, text) _Static_assert(condition, text)
#else
#define POSTBELL_ASSERT(condition, text) struct postbell_c99_asserts_nothing
#endif
#define POSTBELL_ASSERT_V1(type, bytes) POSTBELL_ASSERT(sizeof(type) >= (bytes), #type " is smaller than it was in version 1")
POSTBELL_ASSERT_V1(postbell_sink, POSTBELL_SINK_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_host, POSTBELL_HOST_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_log_v0, POSTBELL_LOG_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_metrics_v0, POSTBELL_METRICS_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_time_v0, POSTBELL_TIME_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_config_v0, POSTBELL_CONFIG_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_outbound_v0, POSTBELL_OUTBOUND_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_secrets_v0, POSTBELL_SECRETS_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_mail_event, POSTBELL_MAIL_EVENT_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_route, POSTBELL_ROUTE_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_request, POSTBELL_REQUEST_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_reply, POSTBELL_REPLY_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_description, POSTBELL_DESCRIPTION_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_backend_v0, POSTBELL_BACKEND_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_credential_file, POSTBELL_CREDENTIAL_FILE_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_credential_report, POSTBELL_CREDENTIAL_REPORT_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_http_request, POSTBELL_HTTP_REQUEST_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_response, POSTBELL_RESPONSE_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_token_check, POSTBELL_TOKEN_CHECK_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_authorization, POSTBELL_AUTHORIZATION_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_push, POSTBELL_PUSH_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_outcome, POSTBELL_OUTCOME_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_provider_v0, POSTBELL_PROVIDER_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_task, POSTBELL_TASK_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_step, POSTBELL_STEP_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_managed_v0, POSTBELL_MANAGED_V1_SIZE);
POSTBELL_ASSERT_V1(postbell_plugin, POSTBELL_PLUGIN_V1_SIZE);
#undef POSTBELL_ASSERT_V1
#undef POSTBELL_ASSERT

#ifdef __cplusplus
}
#endif
#endif
