"""This machine: the data folder, the clock, the ports, and whether the service runs already."""

import ctypes
import json
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from api.routes.health import DEGRADED
from core.errors import SetupError
from nightwatt.checking.finding import Finding, Findings, caution, ok, wrong
from nightwatt.ports import check_free
from nightwatt.settings import SECRETS, Settings

LEAST_FREE_BYTES = 1 << 30
SCARCE_BYTES = 10 << 30
ANSWER_BYTES = 100_000
EARLIEST_NOW = 1_750_000_000_000
"""A clock before mid-2025 has never been set."""


def data_folder(settings: Settings) -> Findings:
    """Can it be written, and is there room?"""
    folder = settings.data.absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"nightwatt")
            file.flush()
    except OSError as error:
        advice = "give the service's user the right to write there, or set NIGHTWATT_DATA"
        yield wrong("data folder", f"{place} can't be written: {error.strerror}", advice)
        return
    free = shutil.disk_usage(place).free
    found = f"{folder}{'' if place == folder else ', made at the first start'}; {free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        yield wrong("data folder", found, "make room: without it readings can't be kept")
    elif free < SCARCE_BYTES:
        yield caution("data folder", found, "watch it: readings need about 50 bytes each")
    else:
        yield ok("data folder", found)


def clock(now: int) -> Findings:
    """Is the clock set, and does somebody keep it right?"""
    if now < EARLIEST_NOW:
        yield wrong("clock", "this machine's clock is years behind", "set it and let it be kept right by NTP")
        return
    state = _adjtimex()
    if state == _UNSYNCHRONISED:
        advice = "install and enable chrony or systemd-timesyncd: readings are judged by the clock"
        yield caution("clock", "nobody keeps this machine's clock right", advice)
    else:
        yield ok("clock", "kept right by NTP" if state >= 0 else "set")


def service(settings: Settings) -> str | None:
    """The address of a nightwatt that runs on these settings; None where there is none."""
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
    try:
        with _open(f"{address}/healthz") as answer:
            return address if answer.status == 200 and answer.read(10).strip() == b"ok" else None
    except (OSError, ValueError):
        return None


def running(address: str) -> Finding:
    """What a running service says of itself."""
    try:
        with _open(f"{address}/readyz") as answer:
            said = answer.read(ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(ANSWER_BYTES)
    except OSError as error:
        return wrong("service", f"{address} is alive but does not say how it is: {error}", "see its log")
    try:
        troubles = {part: state for part, state in json.loads(said).items() if state != "ok"}
    except (ValueError, AttributeError):
        return wrong("service", f"what answers at {address} is no nightwatt", "set NIGHTWATT_HTTP_PORT")
    if troubles:
        said_of = "; ".join(f"{part}: {state}" for part, state in troubles.items())
        if all(state.startswith(DEGRADED) for state in troubles.values()):
            return caution("service", f"runs at {address}; {said_of[:500]}", "nothing is lost while that lasts")
        return wrong("service", f"runs at {address}, not ready: {said_of[:500]}", "see its log")
    return ok("service", f"runs at {address} and is ready")


def ports(settings: Settings) -> Findings:
    """Are those free that a service would listen on?"""
    wanted = [("http port", settings.http_host, settings.http_port, "NIGHTWATT_HTTP_PORT")]
    if settings.hj212.enabled:
        wanted.append(("HJ 212 port", settings.hj212_host, settings.hj212_port, "NIGHTWATT_HJ212_PORT"))
    if settings.embedded_broker:
        wanted.append(("MQTT port", settings.mqtt_host, settings.mqtt_port, "NIGHTWATT_MQTT_PORT"))
    for part, host, port, variable in wanted:
        try:
            check_free(host, port, what=part, variable=variable)
        except SetupError as error:
            yield wrong(part, str(error), f"free it or set {variable}")
        except OSError as error:
            yield wrong(part, f"{host} is no address of this machine: {error.strerror}", "set the host to one that is")
        else:
            yield ok(part, f"{port} is free")


def secret_in_file(path: Path, settings: Settings) -> bool:
    """Whether a file that others can read holds a secret."""
    holds = any(getattr(settings, name) for name in SECRETS) or any(channel.url for channel in settings.channels)
    return holds and path.stat().st_mode & 0o004 != 0


_UNSYNCHRONISED = 5


def _adjtimex() -> int:
    """The kernel's word on its clock (TIME_ERROR is 5), whichever program keeps it; -1 where it can't be asked."""
    try:
        # Zeroed, it only asks; the structure has 208 bytes.
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
    except (OSError, AttributeError):
        return -1


def _open(url: str):  # type: ignore[no-untyped-def]  # the library's own type says nothing
    # Our own address: no proxy of the environment has a part in it.
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5)
