"""Setting parameters: thresholds of facilities and limits on meters, with a reason and from an instant on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.auth import Served, needs
from api.fields import Listed, When
from api.parameters import LONGEST_REASON, set_parameters
from api.problems import not_found, unknown_parameter
from api.routes.versions import VersionView
from api.snapshot import Registered
from core.interval import Window
from core.jurisdiction import Action
from core.parameters import limit, no_limit, running_thresholds
from core.readings import QUANTITIES
from core.registry import Threshold

router = APIRouter(dependencies=[needs(Action.SET_PARAMETERS)])

OFF_SHARE = 0.6
Power = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]


def _quantity(name: str) -> str:
    if name not in QUANTITIES:
        raise ValueError(f"one of {', '.join(QUANTITIES)}")
    return name


def _window(text: str | None) -> str | None:
    if text is not None:
        Window.parse(text)
    return text


class Wanted(BaseModel):
    """Why, and from when on: past, now (where it is left out) or to come."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=r"\S")
    effective_at: When | None = None


class ThresholdsWanted(Wanted):
    """On above `on_kw`, off below `off_kw`, by default 0.6 of it."""

    on_kw: Power = Field(gt=0)
    off_kw: Power | None = None


class LimitWanted(Wanted):
    """A limit on one quantity of one meter; `value` null withdraws it."""

    meter: str = Field(max_length=200)
    quantity: Annotated[str, AfterValidator(_quantity)]
    side: Literal["above", "below"]
    severity: int = Field(1, ge=1, le=3)
    value: float | None = Field(allow_inf_nan=False, ge=-1e9, le=1e9)
    on_delay_s: Seconds = 300
    off_delay_s: Seconds = 300
    deadband: float = Field(0.0, ge=0, le=1e9, allow_inf_nan=False)
    window: Annotated[str | None, AfterValidator(_window)] = None
    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(list(range(1, 8)), min_length=1, max_length=7)

    def threshold(self) -> Threshold:
        """The limit that is meant; of one that is withdrawn only the key counts."""
        return Threshold(
            self.meter,
            self.quantity,
            self.side,
            self.value or 0.0,
            on_delay_s=self.on_delay_s,
            off_delay_s=self.off_delay_s,
            deadband=self.deadband,
            severity=self.severity,
            window=Window.parse(self.window) if self.window else None,
            weekdays=frozenset(self.weekdays),
        )


@router.post("/facilities/{id:path}/thresholds", status_code=201)
def set_thresholds(
    id: str, wanted: ThresholdsWanted, request: Request, services: Served, registered: Registered
) -> Listed[VersionView]:
    """Set when a facility counts as running; what is so already is left out of the answer."""
    number = registered.registry.facility_number.get(id)
    if number is None or not registered.sees(registered.registry.facilities[number].enterprise):
        raise not_found("facility")
    off_kw = OFF_SHARE * wanted.on_kw if wanted.off_kw is None else wanted.off_kw
    try:
        change = running_thresholds(id, on_kw=wanted.on_kw, off_kw=off_kw)
    except ValueError as error:
        raise unknown_parameter("off_kw", str(error)) from error
    found = set_parameters(services, request, [change], reason=wanted.reason, effective_at=wanted.effective_at)
    return Listed(rows=[VersionView.of(row) for row in found])


@router.post("/thresholds", status_code=201)
def set_limit(wanted: LimitWanted, request: Request, services: Served, registered: Registered) -> Listed[VersionView]:
    """Set, add or withdraw a limit; what is so already is left out of the answer."""
    registered.meter(wanted.meter)
    row = wanted.threshold()
    change = no_limit(row) if wanted.value is None else limit(row)
    found = set_parameters(services, request, [change], reason=wanted.reason, effective_at=wanted.effective_at)
    return Listed(rows=[VersionView.of(row) for row in found])
