"""Commands on the series store."""

import json
from contextlib import closing
from datetime import UTC, datetime

from core.errors import SetupError
from core.interval import HOUR_MS, to_ms, to_text
from stores.influx.address import InfluxAddress
from stores.influx.hourly import Hourly
from stores.influx.setup import prepare


def setup(address: InfluxAddress) -> int:
    """Make what InfluxDB must have (databases, retention, hourly values); one JSON line says what was made.

    SetupError where a person must decide, StoreAway where the server does not answer.
    """
    made = prepare(address)
    print(json.dumps({"url": address.url, "database": address.database, "made": made}, ensure_ascii=False))
    return 0


def roll_up(address: InfluxAddress, *, from_: str, to: str | None, now: int) -> int:
    """Make the hourly values of a span anew; one JSON line says of which, and how many were written.

    `from_` and `to` are RFC 3339; without an offset they are UTC, as the hours are. `now` is ms UTC.
    SetupError where the span is none, StoreAway where the server does not answer.
    """
    start = _instant(from_) // HOUR_MS * HOUR_MS
    over = now // HOUR_MS * HOUR_MS
    end = over if to is None else min(-(-_instant(to) // HOUR_MS) * HOUR_MS, over)
    if start >= end:
        raise SetupError(f"no hour is over between {from_} and {'now' if to is None else to}")
    with closing(Hourly(address)) as hourly:
        written = hourly.roll_up(start, end)
    print(json.dumps({"from": to_text(start), "to": to_text(end), "values": written}))
    return 0


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text.strip())
        return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise SetupError(f"{text!r:.40} is not a time like 2026-03-01 or 2026-03-01T06:00:00+08:00") from error
