"""What the notifier tells of itself, for metrics."""

from typing import Protocol


class Observer(Protocol):
    """Called from several threads; must not raise nor block."""

    def decided(self, stage: str, reason: str) -> None:
        """A stage has closed or put off a transition, and why (one of a few words)."""
        ...

    def answered(self, family: str, accepted: bool) -> None:
        """A channel of that family took or refused a message."""
        ...

    def stumbled(self, where: str) -> None:
        """Something unexpected was caught, logged and will be tried again."""
        ...


class Unobserved:
    """An observer that looks away."""

    def decided(self, stage: str, reason: str) -> None:
        return

    def answered(self, family: str, accepted: bool) -> None:
        return

    def stumbled(self, where: str) -> None:
        return
