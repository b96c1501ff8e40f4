"""Asking for back-tests: the same for pages and programs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.backtests import LONGEST_DAYS, Backtest, Wanted
from analytics.rule_choice import ruleset
from api.auth import client_address, current_user
from api.problems import Problem, not_found, unknown_parameter
from api.services import Services
from api.snapshot import ScopedRegistry
from core.errors import NotAllowed, SetupError
from core.jurisdiction import Action
from core.registry import Facility, Threshold

Id = Annotated[str, Field(min_length=1, max_length=200)]
Kilowatts = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Delay = Annotated[int, Field(ge=0, le=86_400)]


class LimitTried(BaseModel):
    """A limit by its meter, quantity, side and severity, and what is other about it; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    meter: Id
    quantity: Id
    side: Id
    severity: int = Field(ge=1, le=3)
    value: float | None = Field(None, allow_inf_nan=False)
    on_delay_s: Delay | None = None
    off_delay_s: Delay | None = None
    deadband: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    new_severity: int | None = Field(None, ge=1, le=3)


class FacilityTried(BaseModel):
    """A facility with other on/off thresholds or another rated power."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    on_kw: Kilowatts | None = None
    off_kw: Kilowatts | None = None
    rated_kw: Kilowatts | None = None


class BacktestWanted(BaseModel):
    """What to try on the last days: a limit, facilities' thresholds, rules, or several of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "days": 90,
                    "limit": {"meter": "m-1", "quantity": "p", "side": "below", "severity": 2, "value": 3.0},
                }
            ]
        },
    )

    days: int = Field(LONGEST_DAYS, ge=1, le=LONGEST_DAYS)
    enterprises: list[Id] | None = Field(None, min_length=1, max_length=1000)
    limit: LimitTried | None = None
    facilities: list[FacilityTried] = Field([], max_length=100)
    rules: dict[str, Any] = Field({}, max_length=50, description="disabled or enabled rules, parameters by rule")


def start(services: Services, request: Request, asked: BacktestWanted, registered: ScopedRegistry) -> Backtest:
    """Put it in the queue. Problem 403, 404 for what the caller may not see, 409 while another is not over, 422."""
    check(request)
    wanted = _wanted(asked, registered)
    user = current_user(request)
    try:
        made = services.backtests.start(wanted, by=user.username, now=services.wall())
    except NotAllowed as error:
        raise Problem(409, str(error)) from error
    services.audit.write(
        at=services.wall(),
        actor=user.username,
        action="back-test",
        subject=f"back-test {made.id}",
        address=client_address(request),
        detail=f"{len(wanted.enterprises)} enterprises, {wanted.days} days",
    )
    return made


def check(request: Request) -> None:
    """Problem 403 where the role does not back-test."""
    if not current_user(request).may(Action.BACKTEST):
        raise Problem(403, "your role does not allow this")


def get(services: Services, request: Request, id: int) -> Backtest:
    """One of the caller's own; Problem 404 where there is none."""
    found = services.backtests.get(id, by=current_user(request).username)
    if found is None or not _is_covered(request, found):
        raise not_found("back-test")
    return found


def cancel(services: Services, request: Request, id: int) -> None:
    """Stop one of the caller's own; Problem 404 where there is none."""
    if not services.backtests.cancel(id, by=current_user(request).username):
        raise not_found("back-test")


def limit_of(registered: ScopedRegistry, meter: str, quantity: str, side: str, severity: int) -> Threshold:
    """A limit that the caller may see; Problem 404 where there is none."""
    registered.meter(meter)
    for row in registered.registry.thresholds:
        if (row.meter, row.quantity, row.side, row.severity) == (meter, quantity, side, severity):
            return row
    raise not_found("limit")


def _is_covered(request: Request, found: Backtest) -> bool:
    """Somebody who was moved to another district does not see what was judged of the old one."""
    registry, scope = request.app.state.snapshot(), current_user(request).scope
    known = registry.enterprise_number
    return all(id in known and scope.covers(registry.enterprise(id).district) for id in found.wanted.enterprises)


def _wanted(asked: BacktestWanted, registered: ScopedRegistry) -> Wanted:
    if not (asked.limit or asked.facilities or asked.rules):
        raise unknown_parameter("limit", "say what to try: a limit, facilities or rules")
    _check_rules(asked.rules)
    limits = [_limit(asked.limit, registered)] if asked.limit else []
    facilities = [_facility(row, registered) for row in asked.facilities]
    return Wanted(
        days=asked.days,
        enterprises=_enterprises(asked, registered, limits, facilities),
        limits=tuple(limits),
        facilities=tuple(facilities),
        rules=asked.rules,
    )


def _enterprises(
    asked: BacktestWanted,
    registered: ScopedRegistry,
    limits: list[tuple[Threshold, Threshold]],
    facilities: list[tuple[Facility, Facility]],
) -> frozenset[str]:
    """Those asked for, else those that the change is about, else all that the caller may see."""
    for id in asked.enterprises or ():
        if not registered.sees(id):
            raise not_found("enterprise")
    if asked.enterprises:
        return frozenset(asked.enterprises)
    if not asked.rules:
        return frozenset({registered.owner(old.meter) for old, _ in limits} | {old.enterprise for old, _ in facilities})
    return frozenset(row.id for row in registered.registry.enterprises if registered.sees(row.id))


def _check_rules(given: Mapping[str, Any]) -> None:
    try:
        ruleset(given)
    except SetupError as error:
        raise unknown_parameter("rules", str(error)) from error


def _limit(asked: LimitTried, registered: ScopedRegistry) -> tuple[Threshold, Threshold]:
    old = limit_of(registered, asked.meter, asked.quantity, asked.side, asked.severity)
    given = asked.model_dump(include={"value", "on_delay_s", "off_delay_s", "deadband"}, exclude_none=True)
    return old, replace(old, **given, severity=asked.new_severity or old.severity)


def _facility(asked: FacilityTried, registered: ScopedRegistry) -> tuple[Facility, Facility]:
    number = registered.registry.facility_number.get(asked.id)
    old = None if number is None else registered.registry.facilities[number]
    if old is None or not registered.sees(old.enterprise):
        raise not_found("facility")
    new = replace(old, **asked.model_dump(exclude={"id"}, exclude_none=True))
    if new.on_kw is not None and new.off_kw is not None and new.off_kw > new.on_kw:
        raise unknown_parameter("facilities", f"{asked.id}: the off-threshold is above the on-threshold")
    return old, new
