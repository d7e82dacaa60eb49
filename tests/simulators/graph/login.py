# SPDX-License-Identifier: Apache-2.0
"""The login (login.microsoftonline.com): the token endpoint, what is published about keys, and id tokens of users.

    POST /{tenant}/oauth2/v2.0/token                       client credentials (secret or certificate), password, refresh
    GET  /{tenant}/v2.0/.well-known/openid-configuration   and /{tenant}/.well-known/openid-configuration
    GET  /{tenant}/discovery/v2.0/keys                     and /{tenant}/discovery/keys

{tenant} is an id, a name, "common" or "organizations"."""
import secrets
import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .directory import AppRegistration, Grant, Tenant
from .errors import LoginError
from .jwt import SigningKey
from .mailbox import Mailbox

if TYPE_CHECKING:
    from .simulator import GraphSimulator

GRAPH_NOTIFIER = "0bf30f3b-4a52-48df-9a82-234910c4a086"  # who signs the validationTokens of rich notifications
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MANY = ("common", "organizations", "consumers")


class Login:
    """Thread-safe. Lifetimes are simulated seconds."""

    def __init__(self, simulator: "GraphSimulator", token_seconds: float = 3599.0) -> None:
        self._simulator = simulator
        self.token_seconds = token_seconds
        self._keys = [SigningKey()]
        self._refresh: dict[str, tuple[str, str]] = {}   # token -> address, client id
        self._assertions: set[str] = set()               # jti of those that were used
        self._lock = threading.Lock()

    def rotate_keys(self, keep_old: bool = True) -> None:
        """From now on tokens are signed with a new key; the old one stays published, or does not."""
        with self._lock:
            self._keys = [SigningKey(), *(self._keys if keep_old else [])]

    def issuer(self, tenant: Tenant) -> str:
        """As id tokens (v2.0) name it."""
        return f"{self._simulator.login_url}/{tenant.id}/v2.0"

    def id_token(self, mailbox: Mailbox, app: AppRegistration, *, nonce: str = "", header: dict[str, Any] | None = None,
                 **claims: Any) -> str:
        """Of a user who signed in to `app`. `claims` replace the usual ones (None leaves one out), `header` too."""
        now = int(self._simulator.clock.now())
        usual: dict[str, Any] = {
            "aud": app.client_id, "iss": self.issuer(mailbox.tenant), "iat": now, "nbf": now, "exp": now + 3600,
            "name": mailbox.address.partition("@")[0], "oid": mailbox.id, "preferred_username": mailbox.address,
            "email": mailbox.address, "sub": f"sub-{mailbox.id}", "tid": mailbox.tenant.id, "ver": "2.0"}
        if nonce:
            usual["nonce"] = nonce
        usual.update(claims)
        return self._keys[0].sign({k: v for k, v in usual.items() if v is not None}, header)

    def validation_token(self, tenant: Tenant, client_id: str) -> str:
        """As comes with rich notifications (v1.0)."""
        now = int(self._simulator.clock.now())
        return self._keys[0].sign({
            "aud": client_id, "iss": f"https://sts.windows.net/{tenant.id}/", "iat": now, "nbf": now,
            "exp": now + 29_100, "appid": GRAPH_NOTIFIER, "appidacr": "2", "tid": tenant.id,
            "uti": secrets.token_urlsafe(16), "ver": "1.0"})

    def access_token(self, mailbox: Mailbox, app: AppRegistration, scopes: frozenset[str] | None = None) -> str:
        """A user's, as an app on a phone has it."""
        return self._issue(Grant(app, mailbox.tenant, mailbox.id, scopes if scopes is not None else app.scopes,
                                 self._simulator.clock.now() + self.token_seconds))

    def published(self, tenant: str, path: str) -> Any | None:
        """What GET answers; None if there is nothing."""
        if tenant not in _MANY and self._simulator.directory.tenant(tenant) is None:
            return None
        known = self._simulator.directory.tenant(tenant)
        name = known.id if known else "{tenantid}"
        base = self._simulator.login_url
        if path in ("discovery/v2.0/keys", "discovery/keys"):
            return {"keys": [{**key.jwk(), "issuer": f"{base}/{name}/v2.0"} for key in self._keys]}
        if path in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
            v2 = path.startswith("v2.0")
            return {"issuer": f"{base}/{name}/v2.0" if v2 else f"https://sts.windows.net/{name}/",
                    "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
                    "jwks_uri": f"{base}/{tenant}/discovery/{'v2.0/' if v2 else ''}keys",
                    "response_types_supported": ["code", "id_token"], "subject_types_supported": ["pairwise"],
                    "id_token_signing_alg_values_supported": ["RS256"]}
        return None

    def token(self, tenant_name: str, body: bytes) -> dict[str, Any]:
        """The token endpoint. Raises LoginError."""
        form = {k: v[0] for k, v in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
        app = self._simulator.directory.app(form.get("client_id", ""))
        if app is None:
            raise LoginError("unauthorized_client", 700016, "Application was not found in the directory.")
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(tenant_name, app, form)
            case "password":
                return self._password(app, form)
            case "refresh_token":
                return self._refreshed(app, form)
        raise LoginError("unsupported_grant_type", 70003, "The grant type is not supported.")

    def _client_credentials(self, tenant_name: str, app: AppRegistration, form: dict[str, str]) -> dict[str, Any]:
        tenant = self._simulator.directory.tenant(tenant_name)
        if tenant is None:
            raise LoginError("invalid_request", 90002, f"Tenant '{tenant_name}' not found.")
        if form.get("scope") != f"{self._simulator.scope_base}/.default":
            raise LoginError("invalid_scope", 1002012, "The scope of a client credential request ends in /.default.")
        if form.get("client_assertion_type") == _ASSERTION:
            self._check_assertion(tenant_name, app, form.get("client_assertion", ""))
        elif not app.secret or not secrets.compare_digest(form.get("client_secret", "").encode(), app.secret.encode()):
            raise LoginError("invalid_client", 7000215, "Invalid client secret provided.", 401)
        token = self._issue(Grant(app, tenant, "", app.roles, self._simulator.clock.now() + self.token_seconds))
        seconds = int(self.token_seconds)
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}

    def _check_assertion(self, tenant_name: str, app: AppRegistration, assertion: str) -> None:
        if app.certificate is None:
            raise LoginError("invalid_client", 700027, "The certificate is not registered on the application.", 401)
        try:
            claims = app.certificate.verify(assertion)
        except (ValueError, KeyError) as problem:
            raise LoginError("invalid_client", 700027, f"Client assertion failed signature validation: {problem}",
                             401) from problem
        now, slack = self._simulator.clock.now(), 300
        audience = f"{self._simulator.login_url}/{tenant_name}/oauth2/v2.0/token"
        if claims.get("aud") not in (audience, f"{self._simulator.login_url}/{tenant_name}/v2.0"):
            raise LoginError("invalid_client", 700023, "Client assertion audience claim is wrong.", 401)
        if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
            raise LoginError("invalid_client", 700021, "Client assertion's iss and sub must be the client id.", 401)
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] < now - slack:
            raise LoginError("invalid_client", 700024, "Client assertion is not within its valid time range.", 401)
        if claims.get("nbf", now) > now + slack:
            raise LoginError("invalid_client", 700024, "Client assertion is not within its valid time range.", 401)
        identifier = str(claims.get("jti", ""))
        with self._lock:
            if identifier in self._assertions:
                raise LoginError("invalid_client", 7000214, "Client assertion was used before (jti).", 401)
            if identifier:
                self._assertions.add(identifier)

    def _password(self, app: AppRegistration, form: dict[str, str]) -> dict[str, Any]:
        mailbox = self._simulator.find_mailbox(form.get("username", ""))
        if mailbox is None or mailbox.password != form.get("password"):
            raise LoginError("invalid_grant", 50126, "Invalid username or password.")
        return self._user_tokens(mailbox, app, form)

    def _refreshed(self, app: AppRegistration, form: dict[str, str]) -> dict[str, Any]:
        with self._lock:
            address, client_id = self._refresh.get(form.get("refresh_token", ""), ("", ""))
        mailbox = self._simulator.find_mailbox(address)
        if mailbox is None or client_id != app.client_id:
            raise LoginError("invalid_grant", 70000, "The refresh token is not valid.")
        return self._user_tokens(mailbox, app, form)

    def _user_tokens(self, mailbox: Mailbox, app: AppRegistration, form: dict[str, str]) -> dict[str, Any]:
        asked = frozenset(s.rpartition("/")[2] for s in form.get("scope", "").split()) or app.scopes
        answer: dict[str, Any] = {
            "token_type": "Bearer", "scope": " ".join(sorted(asked & app.scopes)), "expires_in": int(self.token_seconds),
            "access_token": self.access_token(mailbox, app, asked & app.scopes)}
        if "openid" in asked:
            answer["id_token"] = self.id_token(mailbox, app, nonce=form.get("nonce", ""))
        if "offline_access" in asked:
            answer["refresh_token"] = f"0.A{uuid.uuid4().hex}"
            with self._lock:
                self._refresh[answer["refresh_token"]] = mailbox.address, app.client_id
        return answer

    def _issue(self, grant: Grant) -> str:
        return self._simulator.directory.issue(grant)
