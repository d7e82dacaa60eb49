# SPDX-License-Identifier: Apache-2.0
"""Microsoft Graph from the app's side: the user signs in at Microsoft, the tokens stay on the phone."""
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from .http import Response, request


class GraphError(Exception):
    """Graph or its login said no."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        super().__init__(f"HTTP {response.status}: {response.body[:300]!r}")


class GraphClient:
    """One user's access to one mailbox, with the delegated permission Mail.Read."""

    def __init__(self, url: str, login_url: str, tenant: str, client_id: str, address: str, password: str = "password",
                 ca_file: str = "") -> None:
        self._url, self._ca_file = f"{url}/v1.0", ca_file
        self._token_url = f"{login_url}/{tenant}/oauth2/v2.0/token"
        # A person would type it into Microsoft's own page; what comes of that are the same tokens.
        self._login = {"client_id": client_id, "username": address, "password": password, "grant_type": "password",
                       "scope": "https://graph.microsoft.com/Mail.Read openid offline_access"}
        self._access_token = self.id_token = ""
        self._date = ""

    def follow(self, callback: dict[str, Any]) -> tuple[str, str]:
        """Subscribes to the inbox with what the gateway gave; the subscription's id and when it ends."""
        answer = self._call("POST", "/subscriptions", {
            "changeType": callback["change_type"], "resource": callback["resource"],
            "notificationUrl": callback["url"], "lifecycleNotificationUrl": callback["url"],
            "clientState": callback["proof"], "expirationDateTime": self._ends(callback)})
        return str(answer["id"]), str(answer["expirationDateTime"])

    def renew(self, subscription_id: str, callback: dict[str, Any]) -> tuple[str, str]:
        """Makes it last longer, which reauthorizes it as well; one that is gone is made anew."""
        try:
            answer = self._call("PATCH", f"/subscriptions/{quote(subscription_id, safe='')}",
                                {"expirationDateTime": self._ends(callback)})
        except GraphError as error:
            if error.status != 404:
                raise
            return self.follow(callback)
        return str(answer["id"]), str(answer["expirationDateTime"])

    def unsubscribe(self, subscription_id: str) -> None:
        """Graph ends no subscription by a listener's answer: the app has to. One that is gone is gone."""
        try:
            self._call("DELETE", f"/subscriptions/{quote(subscription_id, safe='')}")
        except GraphError as error:
            if error.status != 404:
                raise

    def inbox(self) -> tuple[str, int]:
        """The inbox's folder id and how many mails are unread."""
        folder = self._call("GET", "/me/mailFolders/inbox?$select=id,unreadItemCount")
        return str(folder["id"]), int(folder["unreadItemCount"])

    def sign_in(self) -> None:
        """New tokens."""
        response = request("POST", self._token_url, {"Content-Type": "application/x-www-form-urlencoded"},
                           urlencode(self._login).encode(), self._ca_file)
        if response.status != 200:
            raise GraphError(response)
        tokens = json.loads(response.body)
        self._access_token, self.id_token = tokens["access_token"], tokens["id_token"]

    def _ends(self, callback: dict[str, Any]) -> str:
        # By Microsoft's clock, as of its last answer: a simulated one may run fast.
        if not self._date:
            self.inbox()
        now = datetime.strptime(self._date, "%a, %d %b %Y %H:%M:%S GMT")
        return (now + timedelta(minutes=callback["expiration_minutes"])).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if not self._access_token:
            self.sign_in()
        response = self._send(method, path, body)
        if response.status == 401:
            self.sign_in()
            response = self._send(method, path, body)
        if response.status not in (200, 201, 204):
            raise GraphError(response)
        answer: dict[str, Any] = json.loads(response.body) if response.body else {}
        return answer

    def _send(self, method: str, path: str, body: Any) -> Response:
        headers = {"Authorization": f"Bearer {self._access_token}", "Content-Type": "application/json"}
        response = request(method, self._url + path, headers, None if body is None else json.dumps(body).encode(),
                           self._ca_file, timeout=30)  # creating takes as long as the listener's handshake
        self._date = response.headers["date"]
        return response
