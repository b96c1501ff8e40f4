"""What is owed: from which instant on history has to be judged again, and when that may be done next."""

import math
from collections.abc import Callable

ASK_EVERY_MS = 1_000
"""How often a history that is away is asked again."""
PAY_EVERY_MS = 5_000
"""How often at most history is judged again. A gateway whose messages overtake each other owes with every batch:
paying each time at once would make the service slower than the gateway, and that would never end."""
PAUSE_PER_COST = 4
"""After judging again that took long the pause is so many times longer: a fifth of the time is spent on it at most.
It goes by the stopwatch, for a simulated city's clock may run faster than the machine."""


class Debt:
    """Used under the engine's lock. `stopwatch` counts real seconds; instants are ms of the caller's clock."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self.since: int | None = None
        self._asked_at: int | None = None
        self._paid_at: int | None = None
        self._rests_until_s = -math.inf

    @property
    def was_refused(self) -> bool:
        """Whether history was away when it was last asked."""
        return self._asked_at is not None

    def owe(self, since: int) -> None:
        """History from that event time on has to be judged again."""
        self.since = since if self.since is None else min(self.since, since)

    def refused(self, now: int) -> None:
        """History was away when it was asked."""
        self._asked_at = now

    def is_due(self, now: int) -> bool:
        """Whether there is a debt, and neither history nor the last payment asks for a pause."""
        if self.since is None or self._stopwatch() < self._rests_until_s:
            return False
        pauses = ((self._asked_at, ASK_EVERY_MS), (self._paid_at, PAY_EVERY_MS))
        return not any(at is not None and 0 <= now - at < pause for at, pause in pauses)

    def pay(self, judge_again: Callable[[int], None], *, now: int) -> None:
        """Have history judged again from `since` on; what that raises leaves the debt as it is."""
        if self.since is None:
            return
        begun = self._stopwatch()
        judge_again(self.since)
        self.forgive()
        self._paid_at = now
        ended = self._stopwatch()
        self._rests_until_s = ended + PAUSE_PER_COST * (ended - begun)

    def forgive(self) -> None:
        """Nothing is owed: everything has been judged in its order."""
        self.since, self._asked_at = None, None

    def hurry(self) -> None:
        """Let the next payment be due at once."""
        self._asked_at, self._paid_at, self._rests_until_s = None, None, -math.inf
