"""Gives a place under test a road that dead letters can be replayed on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ingest.intake import Intake
from ingest.redelivery import Redelivery
from tests.api.place import Place
from tests.ingest.test_redelivery import Road


@contextmanager
def replaying(place: Place) -> Iterator[Road]:
    """While it lasts letters are replayed; payloads that start with "bad" are refused again."""
    road = Road(place.services.dead_letters)
    intake = Intake(road)
    redelivery = Redelivery(place.services.dead_letters, intake)
    place.app.state.services = replace(place.services, redeliver=redelivery.replay)
    intake.start()
    yield road
    intake.stop()
