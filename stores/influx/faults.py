"""What a server's refusal means: come again later, or never."""

import re

from core.errors import NightwattError, StoreAway

_TOO_OLD = re.compile(r"points? beyond retention policy(?:.*?dropped=(\d+))?", re.DOTALL)
# The server could take these lines if somebody mended it, so they are kept and tried again.
_MENDABLE = ("field type conflict", "max-series", "max-values", "limit exceeded", "not found", "timeout", "cache-max")


class Refused(NightwattError):
    """The server will never take this; everything else of the same call is stored."""


def too_old(status: int, said: str) -> int:
    """How many points of a write lay before the retention period; all else that is not a success is raised."""
    if status < 300:
        _check_success(status, said)
        return 0
    if status in (400, 422) and (found := _TOO_OLD.search(said)):
        return int(found.group(1) or 1)
    raise fault(status, said)


def _check_success(status: int, said: str) -> None:
    """A write that went well is answered with nothing. Words mean a partial success, or no InfluxDB at all."""
    if status != 204 and said.strip():
        raise StoreAway(f"not an InfluxDB's answer to a write ({status}): {' '.join(said.split())[:300]}")


def fault(status: int, said: str) -> NightwattError:
    """Refused where the request itself is at fault, else StoreAway."""
    reason = " ".join(said.split())[:300] or "no reason given"
    if status in (401, 403):
        return StoreAway(f"InfluxDB refuses this user or token ({status}): {reason}")
    if status == 404:
        return StoreAway(f"InfluxDB has no such database or bucket (nightwatt store setup makes it): {reason}")
    if status in (400, 413, 422) and not any(word in said for word in _MENDABLE):
        return Refused(f"InfluxDB refuses the data ({status}): {reason}")
    return StoreAway(f"InfluxDB answers {status}: {reason}")
