"""Enterprises and their dossiers."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Limit, Listed, Name, View, example, reading_cursor
from api.problems import not_found
from api.routes.facilities import FacilityView
from api.routes.filings import FilingView
from api.routes.lines import LineView
from api.routes.meters import MeterView
from api.routes.thresholds import ThresholdView
from core.records import Dossier, ListedEnterprise
from core.registry import Shift

router = APIRouter(prefix="/enterprises")


class EnterpriseRow(View):
    """A line of the list. `severity` is the highest of the active alarms, 0 without any."""

    model_config = example(
        id="ZZ-001",
        name="株洲湘江化工有限公司",
        district="石峰区",
        township="铜塘湾街道",
        industry="2614",
        timezone="Asia/Shanghai",
        meters=9,
        open_alarms=1,
        severity=2,
    )

    id: str
    name: str
    district: str
    township: str | None
    industry: str | None
    timezone: str
    meters: int
    open_alarms: int
    severity: int


class EnterpriseView(View):
    """The identity part of a dossier."""

    id: str
    name: str
    district: str
    township: str | None
    grid: str | None
    industry: str | None
    credit_code: str | None
    lon: float | None
    lat: float | None
    timezone: str
    shift: Shift | None
    valley_tariff: bool
    pollutants: str | None
    permit: str | None
    contact: str | None
    phone: str | None
    officer: str | None


class DossierView(View):
    """Everything known of an enterprise."""

    enterprise: EnterpriseView
    lines: list[LineView]
    facilities: list[FacilityView]
    meters: list[MeterView]
    thresholds: list[ThresholdView]
    filings: list[FilingView]


def row_of(listed: ListedEnterprise) -> EnterpriseRow:
    """A line of the list as JSON."""
    enterprise = listed.enterprise
    return EnterpriseRow(
        id=enterprise.id,
        name=enterprise.name,
        district=enterprise.district,
        township=enterprise.township,
        industry=enterprise.industry,
        timezone=enterprise.timezone,
        meters=listed.meters,
        open_alarms=listed.open_alarms,
        severity=listed.severity,
    )


def dossier_of(dossier: Dossier) -> DossierView:
    """A dossier as JSON."""
    return DossierView(
        enterprise=EnterpriseView.model_validate(dossier.enterprise),
        lines=[LineView.model_validate(row) for row in dossier.lines],
        facilities=[FacilityView.model_validate(row) for row in dossier.facilities],
        meters=[MeterView.of(row.meter, dossier.enterprise.id) for row in dossier.meters],
        thresholds=[ThresholdView.of(row, dossier.enterprise.id) for row in dossier.thresholds],
        filings=[FilingView.model_validate(row) for row in dossier.filings],
    )


@router.get("")
def enterprises(
    services: Served,
    user: Caller,
    *,
    district: Name = None,
    search: Annotated[str | None, Query(max_length=100, description="part of a name or id")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[EnterpriseRow]:
    """The enterprises that you may see."""
    with reading_cursor():
        page = services.dossiers.enterprises(user.scope, limit=limit, cursor=cursor, district=district, search=search)
    return Listed(rows=[row_of(row) for row in page.rows], cursor=page.cursor)


@router.get("/{id}")
def enterprise(id: str, services: Served, user: Caller) -> DossierView:
    """The dossier of an enterprise."""
    dossier = services.dossiers.dossier(user.scope, id)
    if dossier is None:
        raise not_found("enterprise")
    return dossier_of(dossier)
