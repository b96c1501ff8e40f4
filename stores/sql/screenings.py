"""Findings of the screening by period."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, insert, select, update

from core.interval import DAY_MS
from core.jurisdiction import Scope
from core.screening import (
    RUNNING,
    Change,
    Finding,
    Judgement,
    Listed,
    Period,
    ScreenedPeriod,
    ScreeningList,
)
from stores.sql.columns import to_json
from stores.sql.engine import Database
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES
from stores.sql.tables import enterprises, lines, screening_findings, screening_periods

MONTHS = 12
_P, _F = screening_periods.c, screening_findings.c
_OWN = (_F.list, _F.enterprise, _F.subject, _F.value, _F.limit_value, _F.judgement, _F.reason, _F.remark, _F.evidence)
_NEWEST = select(_P.id).where(_P.month.is_(None)).order_by(_P.to_at.desc(), _P.id.desc()).limit(1).scalar_subquery()
Before = Mapping[tuple[ScreeningList, str], tuple[Judgement, int]]


class SqlScreeningBook:
    """core.ports.ScreeningBook.

    keep  how many running periods stay, one a day; only the newest keeps its evidence
    """

    def __init__(self, db: Database, *, keep: int = 35) -> None:
        self._db = db
        self._keep = keep

    def save(self, period: Period, findings: Sequence[Finding], *, day: str, now: int) -> None:
        """One transaction: readers see the period as it was or as it is."""
        name = period.name if period.month else f"{RUNNING}/{day}"
        with self._db.write() as connection:
            connection.execute(delete(screening_periods).where(_P.name == name))
            row = {"name": name, "month": period.month, "from_at": period.from_at, "to_at": period.to_at}
            added = insert(screening_periods).values(**row, screened_at=now, stale=False).returning(_P.id)
            id = connection.execute(added).scalar_one()
            before = _before(connection, period)
            values = [_values(id, finding, before) for finding in findings]
            if values:
                connection.execute(insert(screening_findings), values)
            if period.month:
                _compare_later(connection, period.month)
            else:
                self._forget(connection, id)

    def periods(self) -> list[ScreenedPeriod]:
        months = select(screening_periods).where(_P.month.is_not(None) | (_P.id == _NEWEST))
        with self._db.read() as connection:
            rows = connection.execute(months.order_by(_P.month.is_not(None), _P.month.desc())).mappings().all()
        return [ScreenedPeriod(_period(row), row[_P.screened_at], row[_P.stale]) for row in rows]

    def findings(self, scope: Scope, list_: ScreeningList, period: str) -> list[Listed]:
        steepest = _F.value if list_ is ScreeningList.INTENSITY else _F.value.desc()
        query = (
            select(*_OWN, _F.change, _F.periods, lines.c.name, *ENTERPRISES.columns)
            .join_from(screening_findings, enterprises, enterprises.c.id == _F.enterprise)
            .outerjoin(lines, lines.c.id == _F.subject)
            .where(_F.list == list_, _F.period == _id_of(period))
            .order_by(_F.judgement != Judgement.FLAGGED, _F.remark != "", _F.value.is_not(None), steepest)
            .order_by(enterprises.c.position, _F.subject)
        )
        with self._db.read() as connection:
            rows = connection.execute(within(query, scope, _F.enterprise)).mappings().all()
        return [_listed(row) for row in rows]

    def former_months(self, before: str) -> list[tuple[str, list[Finding]]]:
        newest = select(_P.id, _P.name).where(_P.month.is_not(None), _P.name < before)
        with self._db.read() as connection:
            found = connection.execute(newest.order_by(_P.name.desc()).limit(MONTHS)).all()
            return [(name, _findings(connection, _F.period == id)) for id, name in reversed(found)]

    def running(self, list_: ScreeningList) -> list[Finding]:
        with self._db.read() as connection:
            return _findings(connection, and_(_F.period == _NEWEST, _F.list == list_))

    def stale(self) -> list[str]:
        with self._db.read() as connection:
            return list(connection.execute(select(_P.name).where(_P.stale).order_by(_P.name)).scalars())

    def touch(self, month: str) -> None:
        with self._db.write() as connection:
            connection.execute(update(screening_periods).where(_P.name == month).values(stale=True))

    def _forget(self, connection: Connection, newest: int) -> None:
        """Older running periods are only compared with: their evidence goes, and in the end they do."""
        running = _P.month.is_(None)
        kept = select(_P.id).where(running).order_by(_P.to_at.desc()).limit(self._keep)
        ids = list(connection.execute(kept).scalars())
        connection.execute(delete(screening_periods).where(running, _P.id.not_in(ids)))
        older = select(_P.id).where(running, _P.id != newest)
        without = update(screening_findings).where(_F.period.in_(older), _F.evidence != "{}")
        connection.execute(without.values(evidence="{}"))


def _id_of(period: str) -> Any:
    return _NEWEST if period == RUNNING else select(_P.id).where(_P.name == period).scalar_subquery()


def _before(connection: Connection, period: Period) -> Before | None:
    """What the last period of the same length found; None: there is none."""
    former: Select[Any]
    if period.month:
        former = select(_P.id).where(_P.name == f"{period.month - timedelta(days=1):%Y-%m}")
    else:
        # A running period begins one day early, for the night before its first whole date.
        length, ended = period.to_at - period.from_at - DAY_MS, period.from_at + DAY_MS
        recent = and_(_P.month.is_(None), _P.to_at <= ended, _P.to_at > ended - length)
        former = select(_P.id).where(recent).order_by(_P.to_at.desc()).limit(1)
    id = connection.execute(former).scalar_one_or_none()
    if id is None:
        return None
    rows = connection.execute(select(_F.list, _F.subject, _F.judgement, _F.periods).where(_F.period == id))
    return {(list_, subject): (judgement, periods) for list_, subject, judgement, periods in rows}


def compared(judgement: Judgement, former: tuple[Judgement, int] | None) -> tuple[Change | None, int]:
    """The change against the period before, and for how many periods in a row the subject has been flagged."""
    was_flagged = former is not None and former[0] is Judgement.FLAGGED
    if judgement is Judgement.FLAGGED:
        return (Change.PERSISTENT, former[1] + 1) if former and was_flagged else (Change.NEW, 1)
    if not was_flagged:
        return None, 0
    return (Change.GONE if judgement is Judgement.NORMAL else Change.UNJUDGED), 0


def _change(judgement: Judgement, key: tuple[ScreeningList, str], before: Before | None) -> dict[str, Any]:
    if before is None:  # nothing to compare with: it can't be called new
        return {"change": None, "periods": int(judgement is Judgement.FLAGGED)}
    change, periods = compared(judgement, before.get(key))
    return {"change": change, "periods": periods}


def _compare_later(connection: Connection, month: date) -> None:
    """The months after it in an unbroken row, each against the one before."""
    later = select(_P.id, _P.month, _P.from_at, _P.to_at).where(_P.month > month).order_by(_P.month)
    for id, own, from_at, to_at in connection.execute(later).all():
        before = _before(connection, Period(from_at, to_at, own))
        if before is None:
            return
        rows = connection.execute(select(_F.id, _F.list, _F.subject, _F.judgement).where(_F.period == id)).all()
        for row, list_, subject, judgement in rows:
            values = _change(judgement, (list_, subject), before)
            connection.execute(update(screening_findings).where(_F.id == row).values(**values))


def _values(period: int, finding: Finding, before: Before | None) -> dict[str, Any]:
    return {
        "period": period,
        "list": finding.list,
        "subject": finding.subject,
        "enterprise": finding.enterprise,
        "value": finding.value,
        "limit_value": finding.limit,
        "judgement": finding.judgement,
        "reason": finding.reason,
        "remark": finding.remark,
        "evidence": to_json(dict(finding.evidence)),
    } | _change(finding.judgement, (finding.list, finding.subject), before)


def _findings(connection: Connection, where: Any) -> list[Finding]:
    rows = connection.execute(select(*_OWN).where(where).order_by(_F.id)).mappings()
    return [_finding(row) for row in rows]


def _finding(row: RowMapping) -> Finding:
    *own, evidence = (row[column] for column in _OWN)
    return Finding(*own, json.loads(evidence))


def _listed(row: RowMapping) -> Listed:
    return Listed(_finding(row), ENTERPRISES.record_of(row), row[lines.c.name], row[_F.change], row[_F.periods])


def _period(row: RowMapping) -> Period:
    return Period(row[_P.from_at], row[_P.to_at], row[_P.month])
