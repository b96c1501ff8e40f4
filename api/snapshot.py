"""The registry in memory, as the caller may see it."""

from collections.abc import Callable
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from api.auth import Caller
from api.problems import not_found
from core.jurisdiction import Scope
from core.ports import RegistryBook
from core.registry import Enterprise, Facility, Meter, Registry


class Snapshot:
    """The newest registry, loaded again only when its version has grown."""

    def __init__(self, book: RegistryBook) -> None:
        self._book, self._lock = book, Lock()
        self._registry: Registry | None = None

    def __call__(self) -> Registry:
        """The registry as it is now."""
        with self._lock:
            if self._registry is None or self._registry.version != self._book.version():
                self._registry = self._book.load()
            return self._registry


class ScopedRegistry:
    """A registry in which the rows of other districts do not exist."""

    def __init__(self, registry: Registry, scope: Scope) -> None:
        self.registry, self._scope = registry, scope

    def sees(self, enterprise: str) -> bool:
        """Whether that enterprise exists and may be seen."""
        number = self.registry.enterprise_number.get(enterprise)
        return number is not None and self._scope.covers(self.registry.enterprises[number].district)

    def wanted(self, *, enterprise: str | None, district: str | None) -> Callable[[str], bool]:
        """A test for enterprises: in scope, and the one or of the district that is asked for."""
        chosen = {
            row.id
            for row in self.registry.enterprises
            if self._scope.covers(row.district) and enterprise in (None, row.id) and district in (None, row.district)
        }
        return chosen.__contains__

    def owner(self, meter: str) -> str:
        """The enterprise of a registered meter, whoever may see it."""
        return self.registry.facility(self.registry.meters[self.registry.meter_number[meter]].facility).enterprise

    def meter(self, id: str) -> tuple[int, Meter, Facility, Enterprise]:
        """(number, meter, its facility, its enterprise); a 404 problem where the scope has none of that id."""
        number = self.registry.meter_number.get(id)
        if number is None:
            raise not_found("meter")
        meter = self.registry.meters[number]
        facility = self.registry.facility(meter.facility)
        if not self.sees(facility.enterprise):
            raise not_found("meter")
        return number, meter, facility, self.registry.enterprise(facility.enterprise)


def scoped_registry(request: Request, user: Caller) -> ScopedRegistry:
    """The registry as the caller may see it."""
    snapshot: Snapshot = request.app.state.snapshot
    return ScopedRegistry(snapshot(), user.scope)


Registered = Annotated[ScopedRegistry, Depends(scoped_registry)]
