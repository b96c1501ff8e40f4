"""A listener that is too slow is let go after what is queued, so that it can ask for the rest."""

import asyncio
from dataclasses import replace

from api.events import QUEUE_LENGTH, Listener
from core.alarm import State
from core.records import RecordedTransition
from tests.cases import MONITOR, NOON

ROW = RecordedTransition(1, 1, NOON, NOON, NOON, "interlock", "l", "e", 2, State.ACTIVE, "", None, "")


async def drained(listener: Listener) -> list[int]:
    heard = []
    while (row := await listener.heard(1.0)) is not None:
        heard.append(row.id)
    return heard


def test_it_hears_in_order_what_was_queued_and_then_the_end() -> None:
    listener = Listener(MONITOR, after=0, upto=0)
    listener.give([replace(ROW, id=id) for id in range(1, QUEUE_LENGTH + 100)])
    assert listener.ended
    listener.give([replace(ROW, id=9999)])
    assert asyncio.run(drained(listener)) == list(range(1, QUEUE_LENGTH + 1))


def test_it_is_not_told_again_what_it_has_heard() -> None:
    listener = Listener(MONITOR, after=5, upto=3)
    listener.give([replace(ROW, id=id) for id in range(1, 8)])
    listener.end()
    assert asyncio.run(drained(listener)) == [6, 7]


def test_one_that_waits_is_woken_by_the_end() -> None:
    async def ended_while_waiting() -> list[int]:
        listener = Listener(MONITOR, after=0, upto=0)
        waiting = asyncio.create_task(drained(listener))
        await asyncio.sleep(0)
        listener.end()
        return await waiting

    assert asyncio.run(ended_while_waiting()) == []
