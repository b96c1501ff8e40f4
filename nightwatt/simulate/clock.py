"""The city's clock: faster than the wall's where asked."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CityClock:
    """now = anchor_city + speed × (wall − anchor_wall); anchors and `wall()` in ms UTC."""

    anchor_city: int
    anchor_wall: int
    speed: float
    wall: Callable[[], int]

    def now(self) -> int:
        """The instant in the city, ms UTC."""
        return self.anchor_city + int(self.speed * (self.wall() - self.anchor_wall))

    def seconds_until(self, at: int) -> float:
        """How long the wall's clock takes until the city's shows `at`; 0 where it is past."""
        return max(0.0, (at - self.now()) / self.speed / 1000)
