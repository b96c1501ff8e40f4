"""Filings and control orders: lists, steps, and the moves that change them.

What is approved, revoked or issued grows the registry's version in the same transaction, so that the engine takes it
up. Everything about another district is answered as if it did not exist: None, or left out.
"""

from collections.abc import Collection
from typing import Protocol

from core.filing import Filing
from core.filing_hours import FiledHours
from core.filing_life import FilingMove, Step
from core.jurisdiction import Scope, User
from core.measures import FilingFilter, ListedFiling, ListedOrder, ListedPreset, ListedResponse, OrderFilter
from core.order import Order, Preset
from core.records import Page
from core.response import Response, ResponsePlan


class FilingBook(Protocol):
    def filings(
        self, scope: Scope, wanted: FilingFilter, *, limit: int, cursor: str | None = None
    ) -> Page[ListedFiling]:
        """The last entered first."""
        ...

    def count(self, scope: Scope, wanted: FilingFilter) -> int: ...

    def filing(self, scope: Scope, id: str) -> ListedFiling | None: ...

    def steps(self, scope: Scope, id: str) -> list[Step]:
        """In order; empty for one that came with a registry and was left alone."""
        ...

    def hours(self, scope: Scope, enterprises: Collection[str]) -> dict[str, list[FiledHours]]:
        """Hours filed per facility and month, by enterprise."""
        ...

    def hand_in(self, scope: Scope, filing: Filing, *, by: User, now: int, reason: str = "") -> ListedFiling | None:
        """Enter a filing. None where the scope has no such enterprise; Unfit where it can't be taken as it is."""
        ...

    def move(
        self, scope: Scope, id: str, move: FilingMove, *, by: User, now: int, reason: str, cap_hours: float
    ) -> ListedFiling | None:
        """None where the scope has no such filing; NotAllowed or Unfit where the move can't be made.

        Over the cap of hours per facility and month only a city administrator approves.
        """
        ...


class OrderBook(Protocol):
    def orders(self, scope: Scope, wanted: OrderFilter, *, limit: int, cursor: str | None = None) -> Page[ListedOrder]:
        """The last entered first."""
        ...

    def order(self, scope: Scope, id: str) -> ListedOrder | None: ...

    def steps(self, scope: Scope, id: str) -> list[Step]:
        """In order; empty for one that came with a registry and was left alone."""
        ...

    def issue(self, scope: Scope, order: Order, *, by: User, now: int, reason: str = "") -> ListedOrder | None:
        """None where there is nothing of that id to order; Unfit, or NotAllowed where it contradicts another."""
        ...

    def revoke(self, scope: Scope, id: str, *, by: User, now: int, reason: str = "") -> ListedOrder | None:
        """In force until `now`. None where the scope has no such order."""
        ...


class ResponseBook(Protocol):
    def preview(self, scope: Scope, response: Response) -> ResponsePlan:
        """What it would do; nothing is written."""
        ...

    def issue(self, scope: Scope, response: Response, *, by: User, now: int, reason: str = "") -> ResponsePlan:
        """All orders in one transaction; NotAllowed where any contradicts another, or where there is none."""
        ...

    def responses(self, scope: Scope, *, limit: int, cursor: str | None = None) -> Page[ListedResponse]:
        """The last issued first: those with an order in the scope."""
        ...

    def response(self, scope: Scope, id: str) -> ListedResponse | None: ...

    def revoke(self, scope: Scope, id: str, *, by: User, now: int, reason: str = "") -> ListedResponse | None:
        """Revoke what is left of its orders. None where the scope has no such response."""
        ...


class PresetBook(Protocol):
    def presets(self, scope: Scope, *, enterprise: str | None = None) -> list[ListedPreset]:
        """By enterprise in order of import, the mildest level first."""
        ...

    def set_preset(self, scope: Scope, preset: Preset, *, by: User, now: int) -> ListedPreset | None:
        """Insert or replace. None where there is nothing of that id; Unfit where it can't be taken as it is."""
        ...

    def remove_preset(self, scope: Scope, of: str, level: str, *, by: User, now: int) -> bool:
        """False where there was none."""
        ...
