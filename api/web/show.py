"""How instants, spans and quantities are written on a page."""

import math
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from api.web.words import Words
from core.alarm import Alarm
from core.imbalance import Imbalance, LoadClass
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, to_datetime, to_ms, to_text, zone
from core.registry import DEFAULT_ZONE

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Show:
    """Writes values in one language, as seen at `now` (ms UTC)."""

    words: Words
    now: int

    def instant(self, at: int | None, tz: str = DEFAULT_ZONE, *, dated: bool = False) -> Markup | str:
        """An instant on a zone's wall clock: dated if asked for or on other days, with its zone if not China's."""
        if at is None:
            return NOTHING
        local, today = (to_datetime(ms).astimezone(zone(tz)) for ms in (at, self.now))
        form = "%H:%M" if local.date() == today.date() and not dated else "%m-%d %H:%M"
        if local.year != today.year:
            form = "%Y-%m-%d %H:%M"
        text = local.strftime(form) + ("" if tz == DEFAULT_ZONE else f" {local.tzname()}")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            to_text(at), f"{local:%Y-%m-%d %H:%M:%S} {tz}", text
        )

    def period(self, from_at: int, to_at: int, tz: str = DEFAULT_ZONE) -> Markup:
        """Two instants with their dates: beside another day's, a bare time would be taken for that day's."""
        return Markup("{} – {}").format(self.instant(from_at, tz, dated=True), self.instant(to_at, tz, dated=True))

    def lasted(self, ms: int) -> str:
        """A span in its two largest units."""
        minutes = max(0, ms) // MINUTE_MS
        if minutes < 1:
            return self.words("span.moment")
        days, hours, rest = ms // DAY_MS, ms % DAY_MS // HOUR_MS, minutes % 60
        parts = [("span.days", days), ("span.hours", hours), ("span.minutes", rest)]
        while parts[0][1] == 0:
            parts.pop(0)
        return self.words("span.gap").join(self.words(key, n=n) for key, n in parts[:2] if n)

    def ago(self, at: int) -> str:
        """How long ago an instant was."""
        if self.now - at < MINUTE_MS:
            return self.words("span.now")
        return self.words("span.ago", span=self.lasted(self.now - at))

    def alarm_lasted(self, alarm: Alarm) -> str:
        """How long the condition has held, or held."""
        return self.lasted((alarm.cleared_at or self.now) - alarm.since)

    def ratio(self, imbalance: Imbalance) -> str:
        """Night over day load; infinite for night-only."""
        if imbalance.load_class is LoadClass.NIGHT_ONLY:
            return "∞"
        return NOTHING if imbalance.ratio is None else f"{imbalance.ratio:.2f}"

    def trade(self, code: str | None) -> str:
        """The division of GB/T 4754 that an industry code belongs to; what is no such code as it stands."""
        digits = "".join(c for c in code or "" if c.isdecimal())[:2]
        return self.words.name("trade", digits) if self.words.has(f"trade.{digits}") else code or ""

    def remark(self, text: str) -> str:
        """Remarks are short English texts joined by "; "."""
        return self.words("list.gap").join(self.words.name("remark", part) for part in text.split("; ") if part)

    def written(self, text: str, tz: str) -> Markup | str:
        """An instant that stands as RFC 3339 in evidence; the text itself where it is none."""
        try:
            return self.instant(to_ms(datetime.fromisoformat(text)), tz)
        except (TypeError, ValueError):
            return str(text)


def kw(value: object, unit: str = "kW") -> str:
    """A power (or other quantity) to three significant digits; a dash where there is no number."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def percent(share: float) -> str:
    """A share of 0–1 as per cent."""
    return NOTHING if not math.isfinite(share) else f"{share:.0%}"


def preview(payload: bytes, limit: int = 400) -> tuple[str, bool]:
    """The beginning of a payload as text, or in hex where it is none; and whether it is hex."""
    if not payload:
        return "", False
    part = payload[:limit]
    more = "…" if len(payload) > limit else ""
    try:
        text = part.decode("utf-8", errors="strict" if not more else "ignore")
    except UnicodeDecodeError:
        text = ""
    if text and all(c.isprintable() or c in "\r\n\t" for c in text):
        return text + more, False
    return part[:160].hex(" ") + ("…" if len(payload) > 160 else ""), True
