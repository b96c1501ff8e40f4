"""Which dialect speaks on a topic."""

from collections.abc import Mapping

from ingest.decoders.decoded import Dialect

REMEMBERED, LONGEST_REMEMBERED = 100_000, 200


class Routing:
    """Finds a topic's dialect by the subscription that it came through; the most particular one wins.

    Answers are remembered, since meters keep to their topics; a flood of new topics only makes it forget,
    and long ones (MQTT allows 65,535 bytes) it does not keep.
    """

    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self._dialects = dict(dialects)
        filters = [(pattern.split("/"), dialect) for dialect in dialects.values() for pattern in dialect.topics]
        self._filters = sorted(filters, key=lambda one: _freedom(one[0]))
        self._known: dict[str, Dialect | None] = {}

    @property
    def topics(self) -> list[str]:
        """What to subscribe to."""
        return sorted({pattern for dialect in self._dialects.values() for pattern in dialect.topics})

    def of(self, topic: str) -> Dialect | None:
        """The dialect of a topic; a dialect that is not on MQTT has its id as topic. None: nobody speaks so."""
        try:
            return self._known[topic]
        except KeyError:
            found = self._found(topic)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if len(topic) <= LONGEST_REMEMBERED:
                self._known[topic] = found
            return found

    def _found(self, topic: str) -> Dialect | None:
        by_id = self._dialects.get(topic)
        if by_id is not None and not by_id.topics:
            return by_id
        levels = topic.split("/")
        return next((dialect for pattern, dialect in self._filters if _matches(pattern, levels)), None)


def _matches(pattern: list[str], levels: list[str]) -> bool:
    """As MQTT says: + is one level, # is the rest, and neither takes a topic that starts with $."""
    if pattern[-1] == "#":
        pattern, levels = pattern[:-1], levels[: len(pattern) - 1]
    return len(pattern) == len(levels) and all(p in ("+", level) for p, level in zip(pattern, levels, strict=True))


def _freedom(pattern: list[str]) -> tuple[int, int]:
    """How much a filter leaves open: the rest, then single levels."""
    return (int(pattern[-1] == "#"), pattern.count("+") - len(pattern))
