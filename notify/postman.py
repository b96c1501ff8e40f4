"""Hands messages to channels, a few at a time, and writes down each attempt before making it."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from core.errors import ChannelError
from core.notification import Due, Message, Route
from core.ports import Channel, Outbox
from notify.answer import Answer, refusal
from notify.observer import Observer

log = logging.getLogger(__name__)

AT_ONCE = 8
REST_MS = 30_000
"""A route that did not answer in time is left alone this long, so that it can't hold up the others."""


class Postman:
    """A bounded pool of senders. `send` and `overdue` are called by one thread only."""

    def __init__(
        self, outbox: Outbox, channels: Mapping[str, Channel], *, wall: Callable[[], int], observe: Observer
    ) -> None:
        self._outbox, self._channels, self._wall, self._observe = outbox, channels, wall, observe
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify-send")
        self._flights: dict[tuple[int, int], Future[Answer]] = {}
        self._resting: dict[int, int] = {}

    def send(self, due: Due, route: Route, message: Message) -> Future[Answer] | None:
        """Start sending; None where the route rests. A send still under way is not started twice."""
        flight = self._flights.get((due.transition, route.id))
        if flight is not None and not flight.done():
            return flight
        if self._wall() < self._resting.get(route.id, 0):
            return None
        flight = self._pool.submit(self._deliver, due, route, message)
        self._flights[due.transition, route.id] = flight
        return flight

    def rest(self, route: int) -> None:
        """Leave a route alone for a while: it did not answer."""
        self._resting[route] = self._wall() + REST_MS

    def forget(self, transition: int) -> None:
        """Drop what is known of sends of a transition that have ended or no longer matter."""
        for key in [key for key in self._flights if key[0] == transition]:
            del self._flights[key]

    def close(self) -> None:
        """Start nothing more; sends under way end by their own time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, due: Due, route: Route, message: Message) -> Answer:
        notification = self._outbox.attempt(due, route, repeat=message.repeat, now=self._wall())
        answer = self._hand_over(due, route, message)
        self._outbox.answer(notification, accepted=answer.accepted, answer=answer.text, now=self._wall())
        self._observe.answered(route.family, answer.accepted)
        return answer

    def _hand_over(self, due: Due, route: Route, message: Message) -> Answer:
        channel = self._channels.get(route.family)
        if channel is None:
            return Answer(False, f"there is no channel family {route.family!r}", permanent=True)
        try:
            return Answer(True, channel.send(message, route.address))
        except ChannelError as error:
            return refusal(error)
        except Exception as error:
            # Only the type is told: the text of a foreign error may hold the address.
            log.error("transition %s, route %s: %s in the channel", due.transition, route.name, type(error).__name__)
            self._observe.stumbled("channel")
            return Answer(False, f"unexpected {type(error).__name__} in the channel", unsure=True)
