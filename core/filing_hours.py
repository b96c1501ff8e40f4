"""Hours filed per facility and calendar month: how much of a month an enterprise asks not to be looked at."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from core.filing import Filing
from core.filing_life import APPROVED, REVOKED
from core.interval import HOUR_MS, local_date, local_ms

CAP_HOURS = 72.0
"""Hours a month that may be approved for one facility without the city administrator [D]."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FiledHours:
    """Hours of one facility in one month (`2026-03`); time that several filings name counts once."""

    facility: str
    month: str
    hours: float


def filed_hours(filings: Iterable[Filing], *, facilities: Collection[str], tz: str) -> list[FiledHours]:
    """Hours that approved filings of one enterprise take of each of its facilities, by month on the wall of `tz`.

    A filing without facilities is about all of them; a revoked one counts until it was revoked.
    """
    spans: dict[tuple[str, str], list[Span]] = {}
    for filing in filings:
        if filing.status in (APPROVED, REVOKED):
            for month, span in by_month(filing.from_at, filing.to_at, tz):
                for facility in filing.facilities or facilities:
                    spans.setdefault((facility, month), []).append(span)
    return [FiledHours(facility, month, _hours(found)) for (facility, month), found in sorted(spans.items())]


def beyond_cap(
    filing: Filing, others: Iterable[Filing], *, facilities: Collection[str], tz: str, cap: float
) -> FiledHours | None:
    """The worst month of a facility that this filing, once approved, would take over the cap; None where none is.

    `others` are the filings of the enterprise, `facilities` all that it has.
    """
    kept = [row for row in others if row.id != filing.id]
    found = filed_hours([*kept, replace(filing, status=APPROVED)], facilities=facilities, tz=tz)
    months = {month for month, _ in by_month(filing.from_at, filing.to_at, tz)}
    touched = filing.facilities or frozenset(facilities)
    over = [row for row in found if row.month in months and row.facility in touched and row.hours > cap]
    return max(over, key=lambda row: row.hours, default=None)


def by_month(from_at: int, to_at: int, tz: str) -> Iterator[tuple[str, Span]]:
    """The parts of [from, to) in each local month; ms UTC."""
    start = from_at
    while start < to_at:
        day = local_date(start, tz)
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = min(to_at, local_ms(following, time(0), tz))
        yield month_of(day), (start, end)
        start = end


def month_of(day: date) -> str:
    """`2026-03`."""
    return f"{day:%Y-%m}"


def _hours(spans: list[Span]) -> float:
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total / HOUR_MS
