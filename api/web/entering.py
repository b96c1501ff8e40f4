"""Forms of filings and orders as they arrive: texts of people → what the domain takes; Unfit says what to mend."""

from datetime import datetime

from pydantic import BaseModel, Field

from core.errors import Unfit
from core.filing import Announced, Filing
from core.interval import Window, local_ms
from core.order import Order, Preset
from core.registry import DEFAULT_ZONE, Registry
from core.response import Region, Response

Text = Field("", max_length=500)


def local_instant(text: str, tz: str, *, field: str) -> int:
    """ms UTC of what a date-time field of a form gives, on the wall clock of the zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min
    if not 2000 <= at.year < 2100:
        raise Unfit(field, "is no date and time between the years 2000 and 2100")
    return local_ms(at.date(), at.time(), tz)


def number(text: str, *, field: str) -> float | None:
    """The number of a field; None where it was left empty."""
    try:
        value = float(text) if text.strip() else None
    except ValueError:
        value = float("nan")
    if value is not None and not 0 <= value <= 1e9:
        raise Unfit(field, "is no number from 0 up")
    return value


def window(text: str) -> Window | None:
    """The window of a field; None where it was left empty."""
    try:
        return Window.parse(text.strip()) if text.strip() else None
    except ValueError as error:
        raise Unfit("window", str(error)) from error


class FilingForm(BaseModel):
    """What was entered, kept as text so that it can be shown again."""

    enterprise: str = Text
    kind: str = Text
    start: str = Text
    end: str = Text
    facilities: str = Field("", max_length=5000)
    announces: str = Text
    reason: str = Text

    def filing(self, tz: str) -> Filing:
        """On the wall clock of the enterprise."""
        if self.announces and self.announces not in tuple(Announced):
            raise Unfit("announces", f"is none of {', '.join(Announced)}")
        return Filing(
            "",
            self.enterprise.strip(),
            self.kind,
            local_instant(self.start, tz, field="from"),
            local_instant(self.end, tz, field="to"),
            frozenset(self.facilities.split()),
            frozenset({Announced(self.announces)} if self.announces else ()),
        )


class TermsForm(BaseModel):
    """What an order or preset asks for."""

    scope: str = Text
    kind: str = Text
    value: str = Text
    window: str = Text
    guaranteed_kw: str = Text
    level: str = Text
    start: str = Text
    end: str = Text
    reason: str = Text

    def order(self, tz: str) -> Order:
        """On the wall clock of the enterprise."""
        return Order(
            "",
            self.scope.strip(),
            self.kind,
            local_instant(self.start, tz, field="from"),
            local_instant(self.end, tz, field="to"),
            value=number(self.value, field="value"),
            window=window(self.window),
            level=self.level or None,
            guaranteed_kw=number(self.guaranteed_kw, field="guaranteed_kw"),
        )

    def preset(self) -> Preset:
        """What a response of the level issues."""
        return Preset(
            self.scope.strip(),
            self.level,
            self.kind,
            number(self.value, field="value"),
            window(self.window),
            number(self.guaranteed_kw, field="guaranteed_kw"),
        )


class ResponseForm(BaseModel):
    """A level over a region; `region` is "" for the city, a district, or district/township."""

    level: str = Text
    region: str = Text
    start: str = Text
    end: str = Text
    reason: str = Text

    def response(self) -> Response:
        """On the wall clock of the city."""
        district, _, township = self.region.partition("/")
        return Response(
            "",
            Region(district or None, township or None),
            self.level,
            local_instant(self.start, DEFAULT_ZONE, field="from"),
            local_instant(self.end, DEFAULT_ZONE, field="to"),
        )


def zone_of(registry: Registry, scope: str) -> str:
    """The zone of the enterprise of an id; the city's where there is none, which is refused later."""
    owner = registry.enterprise_of_scope.get(scope.strip())
    return registry.enterprise(owner).timezone if owner else DEFAULT_ZONE
