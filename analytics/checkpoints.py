"""Earlier states of the engine, to go back to when readings come out of order.

A gateway that sends what it buffered after what is new must not hide a crossing. The engine judges in order
of time, so a reading older than its meter's last makes it go back to a state from before that reading and
judge again from the series store. Judgements are a function of the ordered readings: what was found before
is found again and recorded once.
"""

from collections import deque
from collections.abc import Callable

from analytics import snapshot
from analytics.engine import Engine

EVERY_MS = 60_000


class Checkpoints:
    """Snapshots by the event time of their newest reading, reaching back `reach` ms."""

    def __init__(self, engine: Engine, *, reach: int) -> None:
        self._reach = reach
        self._kept: deque[tuple[int, bytes, int]] = deque()
        self.restart(engine)

    @property
    def base(self) -> bytes:
        """The oldest state kept: from it everything that may still change can be judged again."""
        return self._kept[0][1]

    @property
    def oldest_mark(self) -> int:
        """How much had been found when the oldest state was kept."""
        return self._kept[0][2]

    @property
    def mark(self) -> int:
        """How much had been found when the newest state was kept."""
        return self._kept[-1][2]

    def restart(self, engine: Engine, *, base: bytes | None = None, mark: int = 0) -> None:
        """Forget all and keep this state, and before it `base` where given, when nothing had been found."""
        self._kept.clear()
        if base is not None:
            earlier = engine.alike()
            if snapshot.restore(earlier, base):
                self._kept.append((earlier.newest, base, 0))
        self._kept.append((engine.newest, snapshot.save(engine), mark))

    def add(self, engine: Engine, *, mark: int = 0) -> None:
        """Keep a state each minute, and let go of those that nothing can reach any more."""
        if engine.newest - self._kept[-1][0] < EVERY_MS:
            return
        self._kept.append((engine.newest, snapshot.save(engine), mark))
        while len(self._kept) > 1 and self._kept[1][0] < engine.newest - self._reach:
            self._kept.popleft()

    def back_to(self, at: int, engine: Engine) -> Engine:
        """A fresh engine in the newest state from before `at`, and the later states forgotten."""
        while len(self._kept) > 1 and self._kept[-1][0] >= at:
            self._kept.pop()
        earlier = engine.alike()
        snapshot.restore(earlier, self._kept[-1][1])
        earlier.plant.energy = engine.plant.energy  # sums of what was read stay, in whatever order it came
        return earlier

    def change(self, engine: Engine, alter: Callable[[Engine], None]) -> None:
        """Alter every state kept, each in a fresh engine like that one."""
        for place, (newest, state, mark) in enumerate(self._kept):
            earlier = snapshot.restored(engine, state)
            alter(earlier)
            self._kept[place] = (newest, snapshot.save(earlier), mark)
