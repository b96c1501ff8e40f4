"""Back-tests: what another setting would have raised over the last days."""

from typing import Any

from fastapi import APIRouter, Request

from analytics import backtests as nouns
from analytics.comparison import Comparison, Episode, Outcome
from api import backtests
from api.auth import Served, needs
from api.backtests import BacktestWanted
from api.fields import Instant, RowNumber, View, example
from api.snapshot import Registered
from core.jurisdiction import Action

router = APIRouter(prefix="/backtests", dependencies=[needs(Action.BACKTEST)])

EPISODES_AT_MOST = 500


class EpisodeView(View):
    """One alarm of a back-test; `ended_at` null where it still stood, `conclusion` null where no case judged it."""

    rule: str
    subject: str
    enterprise: str
    severity: int
    since: Instant
    raised_at: Instant
    ended_at: Instant | None
    reason: str
    conclusion: str | None


class OutcomeView(View):
    """What one setting raises. `hours` are 24 counts by local hour of the day, of all and of each enterprise."""

    alarms: int
    tickets: int
    silenced_by_filings: int
    judged_by_cases: int
    by_severity: dict[int, int]
    hours: list[int]
    by_enterprise: dict[str, list[int]]
    unjudged: list[dict[str, Any]]

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeView":
        """One side as JSON."""
        rows = outcome.unjudged[:EPISODES_AT_MOST]
        return cls(
            alarms=len(outcome.alarms),
            tickets=len(outcome.tickets),
            silenced_by_filings=len(outcome.silenced),
            judged_by_cases=len(outcome.judged),
            by_severity=outcome.by_severity,
            hours=list(outcome.by_hour),
            by_enterprise={id: list(hours) for id, hours in sorted(outcome.by_enterprise.items())},
            unjudged=[{"rule": u.rule, "subject": u.subject, "reason": u.reason} for u in rows],
        )


class ComparisonView(View):
    """Both sides over [from_at, to_at). `new` and `gone` are the first 500 alarms that only one side raises."""

    from_at: Instant
    to_at: Instant
    today: OutcomeView
    tried: OutcomeView
    same: int
    new_total: int
    gone_total: int
    new: list[EpisodeView]
    gone: list[EpisodeView]

    @classmethod
    def of(cls, found: Comparison) -> "ComparisonView":
        """A comparison as JSON."""
        return cls(
            from_at=found.start,
            to_at=found.end,
            today=OutcomeView.of(found.today),
            tried=OutcomeView.of(found.tried),
            same=found.same,
            new_total=len(found.new),
            gone_total=len(found.gone),
            new=_listed(found.new),
            gone=_listed(found.gone),
        )


class BacktestView(View):
    """`state` is queued, running, done, cancelled or failed; `share` goes from 0 to 1 with the readings' time."""

    model_config = example(
        id=3, state="running", days=90, share=0.4, judged_to="2026-02-01T00:00:00Z", error="", result=None
    )

    id: int
    state: nouns.Progress
    days: int
    share: float
    judged_to: Instant | None
    error: str
    result: ComparisonView | None

    @classmethod
    def of(cls, row: nouns.Backtest) -> "BacktestView":
        """A back-test as JSON."""
        return cls(
            id=row.id,
            state=row.state,
            days=row.wanted.days,
            share=row.share,
            judged_to=row.judged_to,
            error=row.error,
            result=ComparisonView.of(row.result) if row.result else None,
        )


def _listed(rows: tuple[Episode, ...]) -> list[EpisodeView]:
    return [EpisodeView.model_validate(row) for row in rows[:EPISODES_AT_MOST]]


@router.post("", status_code=202)
def start(asked: BacktestWanted, request: Request, services: Served, registered: Registered) -> BacktestView:
    """Try another setting on the last days, of your enterprises only. Ask for `/backtests/{id}` until it is done."""
    return BacktestView.of(backtests.start(services, request, asked, registered))


@router.get("/{id}")
def backtest(id: RowNumber, request: Request, services: Served) -> BacktestView:
    """How far it is, and what came of it."""
    return BacktestView.of(backtests.get(services, request, id))


@router.delete("/{id}", status_code=204)
def cancel(id: RowNumber, request: Request, services: Served) -> None:
    """Stop it."""
    backtests.cancel(services, request, id)
