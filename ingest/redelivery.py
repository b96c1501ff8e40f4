"""Dead letters put on the road once more, after what was wrong has been mended."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Protocol

from core.errors import StoreAway
from core.ports import DeadLetters
from core.records import DeadLetter, LetterFilter, Redelivered
from ingest.message import Answer, Message

log = logging.getLogger(__name__)

AT_ONCE = 10_000
"""Letters of one replay at most; ask again for more."""

PAGE = 1_000

WITHIN_S = 30.0
_ASK_AGAIN_S = 0.02


class Intake(Protocol):
    def offer(self, message: Message) -> bool:
        """Hand over a message without waiting; False where there is no room now."""
        ...


class Redelivery:
    """An origin of messages, as a broker is one. Safe to call from any thread; a letter is under way only once."""

    def __init__(self, letters: DeadLetters, intake: Intake, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._letters, self._intake, self._clock = letters, intake, clock
        self._under_way: set[int] = set()
        self._changed = threading.Condition()

    def replay(self, wanted: Iterable[int] | LetterFilter, *, within_s: float = WITHIN_S) -> Redelivered:
        """Put the letters on the road, the oldest first, and wait for them so long at most.

        At most AT_ONCE; ids that are gone are left out. Readings that come out of it are late ones: they correct
        the record, and raise what alarms readings of their age may raise.
        """
        deadline = self._clock() + within_s
        found, newest = self._chosen(wanted), self._newest_id()
        chosen = self._claimed(found)  # from here on nothing may fail that would leave them claimed
        if not chosen:
            return Redelivered()
        offered = self._offer(chosen, deadline)
        self._release(letter.id for letter in chosen[len(offered) :])
        left = self._wait({letter.id for letter in offered}, deadline)
        done = [letter for letter in offered if letter.id not in left]
        refused = self._refused(done, since=newest)
        return Redelivered(len(done) - refused, refused, len(chosen) - len(done))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """What is safe, as readings or as a new letter, is no letter any more."""
        ids = {message.ticket for message in messages}
        try:
            self._letters.remove(ids)
        except StoreAway as error:  # the letters stay and can be replayed again, which changes nothing
            log.warning("%d replayed letters could not be removed: %s", len(ids), error)
        self._release(ids)

    def answer(self, message: Message, answer: Answer) -> None:
        """The device that waited for an answer is long gone."""

    def _chosen(self, wanted: Iterable[int] | LetterFilter) -> list[DeadLetter]:
        if isinstance(wanted, LetterFilter):
            found = list(islice(self._all(wanted), AT_ONCE))
        else:
            ids = sorted(set(wanted))[:AT_ONCE]
            found = [letter for letter in map(self._letters.letter, ids) if letter is not None]
        return sorted(found, key=lambda letter: letter.id)

    def _claimed(self, letters: list[DeadLetter]) -> list[DeadLetter]:
        with self._changed:
            free = [letter for letter in letters if letter.id not in self._under_way]
            self._under_way |= {letter.id for letter in free}
        return free

    def _offer(self, letters: list[DeadLetter], deadline: float) -> list[DeadLetter]:
        """Those for which there was room in time."""
        for place, letter in enumerate(letters):
            message = Message(
                letter.topic, letter.payload, letter.received_at, self._clock(), ticket=letter.id, origin=self
            )
            while not self._intake.offer(message):
                if self._clock() >= deadline:
                    return letters[:place]
                time.sleep(_ASK_AGAIN_S)
        return letters

    def _wait(self, ids: set[int], deadline: float) -> set[int]:
        """Those that are still under way when the time is over."""
        with self._changed:
            while ids & self._under_way and (left := deadline - self._clock()) > 0:
                self._changed.wait(left)
            return ids & self._under_way

    def _release(self, ids: Iterable[int]) -> None:
        with self._changed:
            self._under_way -= set(ids)
            self._changed.notify_all()

    def _all(self, wanted: LetterFilter) -> Iterator[DeadLetter]:
        page = self._letters.letters(wanted, limit=PAGE)
        yield from page.rows
        while page.cursor is not None:
            page = self._letters.letters(wanted, limit=PAGE, cursor=page.cursor)
            yield from page.rows

    def _newest_id(self) -> int:
        newest = self._letters.letters(limit=1).rows
        return newest[0].id if newest else 0

    def _refused(self, done: list[DeadLetter], *, since: int) -> int:
        """How many of them were buried anew: same topic, payload and arrival, under an id that is newer."""
        if not done:
            return 0
        arrivals = [letter.received_at for letter in done]
        of_then = self._all(LetterFilter(from_at=min(arrivals), to_at=max(arrivals) + 1))
        newer = takewhile(lambda letter: letter.id > since, of_then)
        anew = Counter(map(_alike, newer))
        return (anew & Counter(map(_alike, done))).total()


def _alike(letter: DeadLetter) -> tuple[str, bytes, int]:
    return letter.topic, letter.payload, letter.received_at
