# SPDX-License-Identifier: Apache-2.0
"""A hand that can write the database, and has not the master key."""
import sqlite3

import pytest
from support.mail import mail
from support.wait import until
from support.world import World


@pytest.mark.row("STORE-8")
def test_tokens_that_are_exchanged_between_rows_ring_nobody_else_s_phone(own_world: World) -> None:
    world = own_world
    app = world.add_app()
    (victim, inbox), (thief, _), (third, sound) = (world.signed_in(app) for _ in range(3))
    world.gateway.stop()
    with sqlite3.connect(world.gateway.config.database) as database:
        (one, first), (two, second) = database.execute("SELECT token_key, token FROM device ORDER BY id LIMIT 2")
        for row, pair in ((1, (b"-", first)), (2, (one, first)), (1, (two, second))):
            database.execute("UPDATE device SET token_key = ?, token = ? WHERE id = ?", (*pair, row))
    database.close()
    world.start_gateway()

    for count in range(1, 4):
        mail(inbox, count)
    mail(sound, 1)

    world.wait_badge(third, 1)
    told = {line["check"]: line for line in world.gateway.cli("check", check=False).json["checks"]}
    assert not [push for phone in (victim, thief) for push in world.pushes(phone, "new_mail")]
    assert world.gateway.log().count("a sealed value in the database does not open") == 1
    assert world.gateway.metrics().sum("postbell_unopened_rows") == 1
    assert told["sealed values"]["verdict"] == "no" and "device.token of row 1" in told["sealed values"]["detail"]
    assert world.gateway.admin_get("/readyz")[0] == 200

    victim.register(inbox, with_previous_secret=True)
    mail(inbox, 4)
    until(lambda: any(push.badge == 4 for push in world.pushes(victim)), 90, "the phone that registered again rings")
