"""Telling phones of what waits, as the notifier does."""

from core.notification import Route
from stores.sql.outbox import SqlOutbox
from tests.api.place import Place

PHONE = Route(1, "duty phone", "json", "json://127.0.0.1/")


def tell(place: Place, *, accepted: bool = True) -> int:
    """Try to tell the phone of everything that waits; how many attempts that were."""
    outbox, now = SqlOutbox(place.db), place.clocks.wall
    place.services.routes.save_route(PHONE)
    [route] = outbox.routes()
    waiting = outbox.claim(now=now, lease_for=60_000, limit=1000)
    for due in waiting:
        outbox.answer(outbox.attempt(due, route, repeat=False, now=now), accepted=accepted, answer="200 OK", now=now)
        outbox.done(due.transition, outcome="sent", now=now)
    return len(waiting)
