"""Where in packets of one shape the electricity stands: the code table is asked once a shape, not once a value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from ingest.hj212.codes import Meaning, Meanings, in_table, meanings
from ingest.hj212.shape import Shape

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one channel that stand under one flag in an item; places are those of the shape's names.

    flags       where the flag stands: in the item itself before all others, as some give it an item of its own
    quantities  (place, quantity) of each value
    per_unit    as in Meaning, of those that are not in our unit
    """

    channel: str
    alone: str
    flags: tuple[int, ...]
    quantities: tuple[tuple[int, str], ...]
    per_unit: Mapping[str, float]


class Groups(dict[Shape, tuple[Group, ...]]):
    """Remembers, of shapes that are remembered themselves."""

    def __init__(self, known: Meanings) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, shape: Shape) -> tuple[Group, ...]:
        found = tuple(self._found(shape))
        if shape.is_usual:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[shape] = found
        return found

    def _found(self, shape: Shape) -> Iterator[Group]:
        elsewhere = {name: place for place, name in enumerate(shape.names) if name.endswith("-Flag")}
        begin = 0
        for size in shape.sizes:
            item = {shape.names[place]: place for place in range(begin, begin + size)}
            yield from self._of_item(item, elsewhere)
            begin += size

    def _of_item(self, item: Mapping[str, int], elsewhere: Mapping[str, int]) -> Iterator[Group]:
        groups: dict[tuple[str, str, str], list[tuple[int, Meaning]]] = {}
        for name, place in item.items():
            if meant := self._known[name]:
                groups.setdefault((meant.channel, meant.alone, meant.flag), []).append((place, meant))
        for (channel, alone, flag), values in groups.items():
            yield Group(
                channel,
                alone,
                flags=tuple(dict.fromkeys(places[flag] for places in (item, elsewhere) if flag in places)),
                quantities=tuple((place, meant.quantity) for place, meant in values),
                per_unit={meant.quantity: meant.per_unit for _, meant in values if meant.per_unit != 1},
            )


def groups(system: str, *, period: bool) -> Groups:
    """Of packets of a system (ST) that tell of an instant or of a period."""
    return _groups(in_table(system), period)


@cache
def _groups(system: str, period: bool) -> Groups:
    return Groups(meanings(system, period=period))
