"""What the running engine has found lately, by the state from which it may be judged again."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from core.alarm import Transition

Episode = tuple[str, str, int]
"""(rule, subject, since)"""


class Told:
    """Transitions in the order in which they were found. `mark` grows with each; a checkpoint keeps its own."""

    def __init__(self) -> None:
        self.mark = 0
        self._kept: deque[tuple[int, Transition]] = deque()

    def add(self, found: Iterable[Transition]) -> None:
        """Remember what was found."""
        for row in found:
            self.mark += 1
            self._kept.append((self.mark, replace(row, evidence={})))

    def since(self, mark: int) -> list[Transition]:
        """What was found after that."""
        return [row for at, row in self._kept if at > mark]

    def undo(self, mark: int) -> None:
        """Forget what was found after that: it is judged again."""
        while self._kept and self._kept[-1][0] > mark:
            self._kept.pop()

    def forget(self, mark: int) -> None:
        """Forget what was found by then: it can't be judged again any more."""
        while self._kept and self._kept[0][0] <= mark:
            self._kept.popleft()

    def rename(self, moved: dict[Episode, int]) -> None:
        """Episodes whose beginnings have moved."""
        self._kept = deque(
            (at, replace(row, since=moved.get((row.rule, row.subject, row.since), row.since))) for at, row in self._kept
        )
