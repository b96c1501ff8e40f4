"""Filings, orders and responses as people read them, and what their lists are narrowed to."""

from dataclasses import dataclass

from core.filing import Filing
from core.filing_life import is_overdue
from core.order import Order, Preset
from core.registry import Enterprise
from core.response import Response


@dataclass(frozen=True, slots=True)
class FilingFilter:
    """None does not narrow. Instants are ms UTC; [from, to) keeps what touches that time."""

    district: str | None = None
    enterprise: str | None = None
    status: str | None = None
    overdue: bool | None = None
    from_at: int | None = None
    to_at: int | None = None


@dataclass(frozen=True, slots=True)
class ListedFiling:
    """A filing with its enterprise; `applicant` is who filed it, None where it came with a registry."""

    filing: Filing
    enterprise: Enterprise
    applicant: str | None = None

    @property
    def overdue(self) -> bool:
        """Whether it was handed in after what it announces had begun."""
        return is_overdue(self.filing)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """None does not narrow. Instants are ms UTC.

    from_at, to_at  keep what touches [from, to)
    holds_at        in force at that instant
    begins_after    not yet in force at that instant
    over_by         over at that instant
    """

    district: str | None = None
    enterprise: str | None = None
    kind: str | None = None
    level: str | None = None
    status: str | None = None
    response: str | None = None
    from_at: int | None = None
    to_at: int | None = None
    holds_at: int | None = None
    begins_after: int | None = None
    over_by: int | None = None


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order with its enterprise; `response` is the one that issued it, None where it was issued alone."""

    order: Order
    enterprise: Enterprise
    response: str | None = None


@dataclass(frozen=True, slots=True)
class ListedPreset:
    """A preset with its enterprise."""

    preset: Preset
    enterprise: Enterprise


@dataclass(frozen=True, slots=True)
class ListedResponse:
    """A response as its reader may see it: `orders` counts those in the reader's scope."""

    response: Response
    issued_at: int
    issued_by: str
    orders: int
