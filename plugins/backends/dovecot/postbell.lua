-- SPDX-License-Identifier: Apache-2.0
-- Tells a Postbell gateway the unread count of a user's inbox, whenever the count may have changed: for Dovecot's
-- push_notification_lua plugin, version 2.3.19 or later. README.md beside this file says how Dovecot is configured.
--
-- One PUT for each transaction, after its commit, with the form of the OX driver's; without sender, subject and text.
-- Dovecot waits for the answer, but never longer than timeout_msecs; whatever happens here, the mail stays delivered.

local METADATA_ENTRY = "/private/vendor/vendor.dovecot/http-notify"
local DEFAULT_TIMEOUT_MSECS = 1000
-- A gateway that let a request time out is left alone for so long, by this session.
local PAUSE_SECONDS = 5
local REQUEST_TIMED_OUT = 9008 -- Dovecot's own status, in place of an answer's

local lua_settings = {} -- of Dovecot 2.4
local http_client
local silent_until = 0

function script_init(settings)
  lua_settings = settings or {}
  return 0
end

-- Dovecot 2.3 keeps the settings in plugin {}, and a user can be asked for them.
local function is_2_3(user)
  return user.plugin_getenv ~= nil
end

local function setting(user, name)
  if is_2_3(user) then return user:plugin_getenv("postbell_" .. name) end
  return lua_settings[name]
end

local function client_for(user)
  if http_client then return http_client end
  local limit = tonumber(setting(user, "timeout_msecs")) or DEFAULT_TIMEOUT_MSECS
  if is_2_3(user) then
    http_client = dovecot.http.client({ max_attempts = 1, max_redirects = 0, connect_timeout_msecs = limit,
                                        request_timeout_msecs = limit, request_absolute_timeout_msecs = limit })
  else
    local time = string.format("%dms", limit)
    http_client = dovecot.http.client({ request_max_attempts = 1, request_max_redirects = 0, connect_timeout = time,
                                        request_timeout = time, request_absolute_timeout = time })
  end
  return http_client
end

-- What the gateway knows the mailbox by; nil for a user without a phone.
local function addressee(user)
  if setting(user, "addressing") == "account" then return user.username end
  local registration = user:metadata_get(METADATA_ENTRY)
  local id = registration and ("\t" .. registration):match("\tuser=([^\t]*)")
  if id ~= "" then return id end
end

local function unseen_in_inbox(user)
  local inbox = user:mailbox("INBOX")
  inbox:sync()
  local status = inbox:status(dovecot.storage.STATUS_UNSEEN)
  inbox:free()
  return status.unseen
end

local function json_text(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end

-- Dovecot's numbers come as floats, which %d writes without a point.
local function json_of(event, user, unseen)
  return string.format('{"user":%s,"event":%s,"folder":"INBOX","imap-uidvalidity":%d,"imap-uid":%d,"unseen":%d}',
                       json_text(user), json_text(event.name), event.uid_validity, event.uid, unseen)
end

local function put(user, body)
  local url = setting(user, "url")
  if not url then
    dovecot.i_error("postbell: the setting for the gateway's URL is missing")
    return
  end
  local request = client_for(user):request({ url = url, method = "PUT" })
  request:add_header("Content-Type", "application/json; charset=utf-8")
  request:set_payload(body)
  local answer = request:submit()
  local status, reason = answer:status(), answer:reason()
  if status >= 200 and status <= 299 then return end
  -- Not the URL: its path is a secret.
  dovecot.i_warning(string.format("postbell: the gateway took no notification: %d %s", status, reason))
  local waited = status == REQUEST_TIMED_OUT or reason:find("timed out", 1, true) -- the latter: while connecting
  if waited then silent_until = os.time() + PAUSE_SECONDS end
end

local function has_seen(flags)
  for _, flag in ipairs(flags or {}) do
    if flag == "\\Seen" then return true end
  end
  return false
end

-- New mail says most of a transaction; of other events the last one does.
local function note(context, event)
  if event.mailbox ~= "INBOX" then return end
  if context.event and context.event.name == "MessageNew" and event.name ~= "MessageNew" then return end
  context.event = event
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user }
end

function dovecot_lua_notify_event_message_new(context, event)
  note(context, event)
end

function dovecot_lua_notify_event_message_append(context, event)
  note(context, event)
end

function dovecot_lua_notify_event_message_expunge(context, event)
  note(context, event)
end

function dovecot_lua_notify_event_flags_set(context, event)
  if has_seen(event.flags) then note(context, event) end
end

function dovecot_lua_notify_event_flags_clear(context, event)
  if has_seen(event.flags) then note(context, event) end
end

function dovecot_lua_notify_end_txn(context, success)
  if not success or not context.event or os.time() < silent_until then return end
  local user = addressee(context.user)
  if not user then return end
  put(context.user, json_of(context.event, user, unseen_in_inbox(context.user)))
end
