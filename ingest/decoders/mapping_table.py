"""A table of the configuration that tells every fault with its place, not the first."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Table:
    """One table of the configuration: takes keys out of it, and notes what is wrong with where it stands."""

    def __init__(self, given: object, where: str, faults: list[str], *, keys: Collection[str]) -> None:
        self.where, self._faults = where, faults
        self._is_table = isinstance(given, Mapping)
        self._given: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        if not self._is_table:
            faults.append(f"{where}: a table is expected, not {given!r:.60}")
        for key in self._given:
            if key not in keys:
                self.fault(key, f"no such key; known are {', '.join(keys)}")

    def fault(self, key: str, reason: str) -> None:
        self._faults.append(f"{self.where}.{key}: {reason}" if key else f"{self.where}: {reason}")

    def get(self, key: str) -> Any:
        return self._given.get(key)

    def read(self, key: str, build: Callable[[Any], T], *, needed: bool = False) -> T | None:
        """What `build` makes of a key, None where it is missing or wrong."""
        if key not in self._given:
            if needed and self._is_table:
                self.fault(key, "is missing")
            return None
        try:
            return build(self._given[key])
        except ValueError as error:
            self.fault(key, str(error))
            return None

    def table(self, key: str, keys: Collection[str]) -> "Table":
        return Table(self._given[key], f"{self.where}.{key}", self._faults, keys=keys)

    def __contains__(self, key: str) -> bool:
        return key in self._given
