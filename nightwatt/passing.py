"""Time that passes without readings, told to the engine so that what does not come is judged too.

Only while we hear: a ticket for a silent meter must not come of our own reception. So the engine is told nothing
for the first minutes after a start, nor after the broker was away, and always a minute less than has passed, so that
what is on its way counts as come.
"""

from collections.abc import Callable

SETTLES_MS = 180_000
"""How long we must have heard without a break, by the wall's clock."""
ON_ITS_WAY_MS = 60_000
EVERY_S = 20.0


class Passing:
    """`tick(now)` is the engine's, `hears()` whether readings reach it, `clock` the city's and `wall` the wall's."""

    def __init__(
        self,
        tick: Callable[[int], object],
        *,
        hears: Callable[[], bool],
        clock: Callable[[], int],
        wall: Callable[[], int],
    ) -> None:
        self._tick, self._hears, self._clock, self._wall = tick, hears, clock, wall
        self._heard_since: int | None = None

    def round(self) -> None:
        """Let time pass, where we have heard for long enough."""
        if not self._hears():
            self._heard_since = None
            return
        now = self._wall()
        if self._heard_since is None or now < self._heard_since:  # the first time, or the wall's clock was put back
            self._heard_since = now
        if now - self._heard_since >= SETTLES_MS:
            self._tick(self._clock() - ON_ITS_WAY_MS)
