"""What the city's meters say, by the `nightwatt/v1` contract."""

import msgspec

from nightwatt.simulate.city import Stretch
from nightwatt.simulate.electric import Electric

MOST_READINGS = 1440
"""In one back-fill message."""

_DIGITS = {"q": 3, "pf": 3, "ua": 1, "ub": 1, "uc": 1, "ia": 2, "ib": 2, "ic": 2, "f": 3}
_encode = msgspec.json.Encoder().encode


def telemetry_topic(enterprise: str, meter: str) -> str:
    """Where a meter's readings go."""
    return f"nightwatt/v1/{enterprise}/{meter}/telemetry"


def status_topic(enterprise: str, meter: str) -> str:
    """Where it is kept whether a meter is there: `online` or `offline`, retained."""
    return f"nightwatt/v1/{enterprise}/{meter}/status"


def backfill_payload(stretch: Stretch) -> bytes:
    """Readings sent later: an array of objects with p and ep."""
    columns = zip(stretch.ts.tolist(), stretch.p.round(4).tolist(), stretch.ep.round(4).tolist(), strict=True)
    return _encode([{"ts": ts, "p": p, "ep": ep, "src": "backfill"} for ts, p, ep in columns])


def live_payload(ts: int, *, p: float, ep: float, electric: Electric, minute: int, seq: int) -> bytes:
    """One reading as it happens, with everything a meter measures; `minute` is the row in `electric`."""
    reading = {"ts": ts, "p": round(p, 4), "ep": round(ep, 4)}
    for name, digits in _DIGITS.items():
        reading[name] = round(float(getattr(electric, name)[minute]), digits)
    return _encode(reading | {"seq": seq, "src": "realtime"})
