# SPDX-License-Identifier: Apache-2.0
"""Entra ID: tenants, app registrations, and the tokens that are out."""
import secrets
import threading
import uuid
from dataclasses import dataclass, field

from .jwt import Certificate

READS_FOLDERS = frozenset({"Mail.ReadBasic.All", "Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"})


@dataclass(frozen=True)
class Tenant:
    """An organisation."""

    name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class AppRegistration:
    """What an admin made in Entra ID. `roles`: application permissions, consented in every tenant."""

    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret: str = ""
    certificate: Certificate | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset({"Mail.Read", "openid", "profile", "email", "offline_access"})
    object_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Grant:
    """What an access token allows. `user` is empty for application permissions."""

    app: AppRegistration
    tenant: Tenant
    user: str
    permissions: frozenset[str]
    expires_at: float


class Directory:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tenants: dict[str, Tenant] = {}
        self._apps: dict[str, AppRegistration] = {}
        self._tokens: dict[str, Grant] = {}

    def add_tenant(self, name: str) -> Tenant:
        """Another organisation."""
        tenant = Tenant(name)
        with self._lock:
            self._tenants[tenant.id] = self._tenants[name] = tenant
        return tenant

    def tenant(self, name_or_id: str) -> Tenant | None:
        """By id or name."""
        with self._lock:
            return self._tenants.get(name_or_id)

    def add_app(self, app: AppRegistration) -> AppRegistration:
        """Registers it."""
        with self._lock:
            self._apps[app.client_id] = app
        return app

    def app(self, client_id: str) -> AppRegistration | None:
        """By client id."""
        with self._lock:
            return self._apps.get(client_id)

    def issue(self, grant: Grant) -> str:
        """A new access token: opaque, as Graph's are for everybody but Graph."""
        token = "eyJ0" + secrets.token_urlsafe(48)
        with self._lock:
            self._tokens[token] = grant
        return token

    def grant(self, token: str) -> Grant | None:
        """What a token allows, expired or not."""
        with self._lock:
            return self._tokens.get(token)

    def revoke(self, user: str = "") -> None:
        """Tokens of a user (or all) end at once."""
        with self._lock:
            self._tokens = {t: g for t, g in self._tokens.items() if user and g.user != user}
