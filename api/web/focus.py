"""The focus list: the five lists of the screening, by period, and their export."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.auth import current_user
from api.services import Services
from api.web.findings import Telling, told_first
from api.web.render import page
from api.web.show import Show
from api.web.words import Words, language_of
from core.interval import to_text
from core.jurisdiction import Scope
from core.records import FocusEntry
from core.screening import RUNNING, Change, Judgement, Listed, ScreenedPeriod, ScreeningList

router = APIRouter()

ON_A_PAGE = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which list of which period, and whose; what no list or period is named by means the first."""

    chosen: ScreeningList
    period: str
    district: str

    @classmethod
    def of(cls, list_: str, period: str, district: str, known: list[ScreenedPeriod]) -> "Choice":
        named = list_ in {row.value for row in ScreeningList}
        there = period in {row.period.name for row in known}
        return cls(ScreeningList(list_) if named else ScreeningList.IMBALANCE, period if there else RUNNING, district)

    def query(self, **other: str) -> dict[str, str]:
        """The address that differs from here by `other`."""
        own = {"list": self.chosen.value, "period": self.period, "district": self.district} | other
        return {key: value for key, value in own.items() if value}


@router.get("/focus")
def focus_list(
    request: Request,
    list_: Annotated[str, Query(alias="list")] = "",
    period: str = "",
    district: str = "",
    start: str = "0",
) -> HTMLResponse:
    """One list of one period, the steepest first; those with a remark apart. `start` is the rank to begin at."""
    services: Services = request.app.state.services
    scope, known = current_user(request).scope, services.screenings.periods()
    choice = Choice.of(list_, period, district, known)
    rows = services.screenings.findings(scope, choice.chosen, choice.period)
    entries = services.focus.focus_list(scope) if choice == Choice(ScreeningList.IMBALANCE, RUNNING, district) else []
    wanted = [row for row in rows if district in ("", row.enterprise.district)]
    own = [entry for entry in entries if district in ("", entry.enterprise.district)]
    listed: list[FocusEntry] | list[Listed] = own or [row for row in wanted if row.finding.flagged]
    clear = [row for row in listed if not _remark(row)]
    apart = [row for row in listed if _remark(row)]
    first = max(0, int(start)) if start.isdecimal() and len(start) < 7 else 0
    words = Words(language_of(request))
    at = {row.period.name: row.screened_at for row in known}.get(choice.period)
    return page(
        request,
        "focus.html",
        choice=choice,
        lists=ScreeningList,
        periods=known,
        telling=Telling(words, Show(words, services.clock())),
        findings={row.finding.subject: row for row in wanted},
        flagged=clear[first : first + ON_A_PAGE],
        total=len(clear),
        first=first,
        following=first + ON_A_PAGE if first + ON_A_PAGE < len(clear) else None,
        remarked=apart[:ON_A_PAGE],
        gone=[row for row in wanted if row.change in (Change.GONE, Change.UNJUDGED)][:ON_A_PAGE],
        insufficient=[row for row in wanted if row.finding.judgement is Judgement.INSUFFICIENT],
        judged=len(wanted),
        districts=sorted({row.enterprise.district for row in [*rows, *entries]}),
        screened_at=entries[0].screened_at if entries else at,
    )


def _remark(row: FocusEntry | Listed) -> str:
    return row.imbalance.remark if isinstance(row, FocusEntry) else row.finding.remark


@router.get("/focus/export.xlsx")
def export(request: Request, period: str = "", district: str = "") -> Response:
    """All five lists of a period, as far as the reader may see them, in the reader's language."""
    services: Services = request.app.state.services
    known = services.screenings.periods()
    choice = Choice.of("", period, district, known)
    words = Words(language_of(request))
    telling = Telling(words, Show(words, services.clock()))
    found = {list_: _rows(services, current_user(request).scope, list_, choice) for list_ in ScreeningList}
    at = {row.period.name: to_text(row.screened_at) for row in known}.get(choice.period, "")
    counts = [(list_, sum(row.finding.flagged for row in rows), len(rows)) for list_, rows in found.items()]
    named = words("screening.running") if choice.period == RUNNING else choice.period
    sheets = [(words("export.title"), telling.explanation(named, at, counts))]
    sheets += [(words(f"screening.{list_}"), telling.sheet(told_first(rows))) for list_, rows in found.items()]
    name = f"nightwatt-{choice.period}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(services.workbook(sheets), media_type=XLSX, headers=headers)


def _rows(services: Services, scope: Scope, list_: ScreeningList, choice: Choice) -> list[Listed]:
    rows = services.screenings.findings(scope, list_, choice.period)
    return [row for row in rows if choice.district in ("", row.enterprise.district)]
