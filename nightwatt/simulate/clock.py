"""The city's clock: faster than the wall's where asked."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class CityClock:
    """now = anchor_city + speed × (wall − anchor_wall); anchors and `wall()` in ms UTC.

    A clock that is `held` stands still at its anchor until `go`: a fast city must not live through
    hours while its meters still publish their history.
    """

    anchor_city: int
    anchor_wall: int
    speed: float
    wall: Callable[[], int]
    held: bool = False

    def now(self) -> int:
        """The instant in the city, ms UTC."""
        if self.held:
            return self.anchor_city
        return self.anchor_city + int(self.speed * (self.wall() - self.anchor_wall))

    def go(self) -> None:
        """Let a held clock run on from where it stands."""
        if self.held:
            self.anchor_wall, self.held = self.wall(), False

    def seconds_until(self, at: int) -> float:
        """How long the wall's clock takes until the city's shows `at`; 0 where it is past."""
        return max(0.0, (at - self.now()) / self.speed / 1000)
