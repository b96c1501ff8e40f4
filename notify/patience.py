"""How long to go on trying. Kept in memory: after a restart the first retry comes early, no more."""

from collections import defaultdict

FIRST_RETRY_MS = 5_000
LAST_RETRY_MS = 300_000
GIVE_UP_MS = 24 * 3_600_000
"""Event age past which an undelivered transition is no longer worth a message."""


class Patience:
    """What is remembered of the transitions that could not be told at once; used by one thread."""

    def __init__(self) -> None:
        self._tries: defaultdict[int, int] = defaultdict(int)
        self._refused: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._unsure: defaultdict[int, set[int]] = defaultdict(set)

    def next_try(self, transition: int, *, now: int) -> int:
        """The instant of the next try: 5 s after the first failure, then doubling up to 5 min."""
        wait = min(FIRST_RETRY_MS << min(self._tries[transition], 16), LAST_RETRY_MS)
        self._tries[transition] += 1
        return now + wait

    def refuse(self, transition: int, route: int, reason: str) -> None:
        """That route refused for good."""
        self._refused[transition][route] = reason

    def refused(self, transition: int) -> dict[int, str]:
        """Routes that refused this transition for good, with the reason."""
        return dict(self._refused.get(transition, {}))

    def doubt(self, transition: int, route: int) -> None:
        """That route may have told without saying so: the next message to it is a repeat."""
        self._unsure[transition].add(route)

    def doubted(self, transition: int, route: int) -> bool:
        return route in self._unsure.get(transition, ())

    def forget(self, transition: int) -> None:
        """The transition is closed."""
        for memory in (self._tries, self._refused, self._unsure):
            memory.pop(transition, None)
