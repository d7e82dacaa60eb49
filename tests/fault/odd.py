# SPDX-License-Identifier: Apache-2.0
"""The odd plugins of data/ in a world: an instance "odd" of each."""
from simulators.phone import Account
from simulators.phone.http import Response, request
from support.world import App, World

from fault.load import Person

ODD_APP = "com.example.odd"


def provider_section(world: World, endpoint: str, sin: str = "") -> None:
    """Starts the world's gateway again, with the odd provider at this endpoint."""
    config = world.gateway.config
    world.gateway.stop()
    config.more += (f'\n[[provider]]\ninstance = "odd"\nplugin = "odd_provider"\nenabled = true\n'
                    f'endpoint = "{endpoint}"\nsin = "{sin}"\n')
    config.write()
    world.start_gateway()


def odd_people(world: World, count: int) -> list[Person]:
    """People whose phones the odd provider serves, in a tenant of their own."""
    world.gateway.add_tenant("odd")
    key = world.gateway.add_app("odd", ODD_APP, platform="odd")
    secret = world.directory / "odd.key"
    secret.write_text("anything")
    world.gateway.command("credential", "add", "--tenant", "odd", "--app", ODD_APP, "--provider", "odd", "--file", secret)
    app = App(ODD_APP, key, "odd")
    phones = [world.phone(app, environment=None) for _ in range(count)]
    return [(phone, phone.sign_in(world.address(), world.exchange.ews_url)) for phone in phones]


def post(account: Account, instance: str, body: str, timeout: float = 30.0) -> Response:
    """Posts a body to a callback of the account."""
    return request("POST", str(account.callbacks[instance]["url"]), {"Content-Type": "text/plain"}, body.encode(),
                   timeout=timeout)
