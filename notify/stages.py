"""The stages of a delivery, in the order of notify/pipeline.py; each says why it decides."""

import time
from concurrent.futures import wait

from core.alarm import State
from notify import text
from notify.answer import Answer
from notify.delivery import Delivery, Desk, Verdict
from notify.patience import GIVE_UP_MS

ON = Verdict("")


def suppress(delivery: Delivery, desk: Desk) -> Verdict:
    """A filing explains the condition: nobody is told."""
    if delivery.due.state is State.SUPPRESSED:
        return Verdict("suppressed by a filing", close="suppressed")
    return ON


def route(delivery: Delivery, desk: Desk) -> Verdict:
    """Who wants to hear of this district and severity; of a return to normal hear the same."""
    due = delivery.due
    delivery.routes = [
        row for row in desk.routes if row.district in (None, due.district) and due.severity >= row.min_severity
    ]
    if not delivery.routes:
        return Verdict("no route wants it", close="no channel")
    return ON


def deduplicate(delivery: Delivery, desk: Desk) -> Verdict:
    """Leave out who has accepted it already, and who refused it for good."""
    transition = delivery.due.transition
    delivery.accepted = desk.outbox.accepted(transition)
    settled = delivery.accepted | desk.patience.refused(transition).keys()
    delivery.routes = [row for row in delivery.routes if row.id not in settled]
    return ON


def render(delivery: Delivery, desk: Desk) -> Verdict:
    """Write the message of every route that is left."""
    due = delivery.due
    link = desk.link(due.alarm) if desk.link else None
    for row in delivery.routes:
        if due.claimed_before:
            # A notifier that died holding the claim may have sent before it could write so.
            desk.patience.doubt(due.transition, row.id)
        delivery.messages[row.id] = text.message(
            due,
            route=row.id,
            language=row.language,
            now=desk.clock(),
            link=link,
            repeat=desk.patience.doubted(due.transition, row.id),
        )
    return ON


def send(delivery: Delivery, desk: Desk) -> Verdict:
    """Start all sends of the delivery; they go on while those of the next delivery start."""
    for row in delivery.routes:
        flight = desk.postman.send(delivery.due, row, delivery.messages[row.id])
        if flight is not None:
            delivery.flights[row.id] = flight
    return ON


def hear(delivery: Delivery, desk: Desk) -> Verdict:
    """Wait for the answers. A send that is late stays under way; one that never began is withdrawn."""
    wait(delivery.flights.values(), timeout=max(0.0, desk.hear_until - time.monotonic()))
    for row, flight in delivery.flights.items():
        if flight.cancel():
            continue
        if flight.done():
            _heed(delivery, row, flight.result(), desk)
        else:
            _doubt(delivery, row, desk)
    return ON


def _heed(delivery: Delivery, row: int, answer: Answer, desk: Desk) -> None:
    delivery.answers[row] = answer
    if answer.permanent:
        desk.patience.refuse(delivery.due.transition, row, answer.text)
    if answer.unsure:
        _doubt(delivery, row, desk)


def _doubt(delivery: Delivery, row: int, desk: Desk) -> None:
    desk.patience.doubt(delivery.due.transition, row)
    desk.postman.rest(row)


def record(delivery: Delivery, desk: Desk) -> Verdict:
    """Close what is settled, put off what is not, give up on what is too old."""
    transition = delivery.due.transition
    told = set(delivery.accepted) | {row for row, answer in delivery.answers.items() if answer.accepted}
    refused = desk.patience.refused(transition)
    waiting = [row for row in delivery.routes if row.id not in told and row.id not in refused]
    if waiting and desk.clock() - delivery.due.at <= GIVE_UP_MS:
        return Verdict("no answer yet", retry_at=desk.patience.next_try(transition, now=desk.wall()))
    if told:
        # Part of the routes is enough: a return to normal is told only after a "sent".
        return Verdict("told in part" if waiting or refused else "told", close="sent")
    if waiting:
        return Verdict("too old to go on", close="gave up")
    return Verdict("refused by every route", close="failed: " + "; ".join(dict.fromkeys(refused.values())))
