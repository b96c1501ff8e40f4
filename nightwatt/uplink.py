"""The up-link of the settings: readings sent on to a higher platform."""

import re
from collections.abc import Callable

from core.errors import SetupError
from core.ports import SeriesStore
from core.registry import Registry
from ingest.hj212.uplink import Platform, Uplink
from ingest.hj212.upward import Sender
from nightwatt.settings import Settings, UplinkSettings, secret_in

MOST_NAMED = 10
_PASSWORD = re.compile(r"[!-~]{1,40}", re.ASCII)
_OF_THE_FRAME = frozenset(";,=&")


def open_uplink(
    settings: Settings, registry: Registry, *, series: SeriesStore, clock: Callable[[], int]
) -> Uplink | None:
    """Not started yet; None where the settings name no platform. SetupError as `platform_of`."""
    if settings.uplink is None:
        return None
    platform = platform_of(settings.uplink, registry)
    return Uplink(platform, series=series, cursor=settings.data / "uplink.json", clock=clock)


def platform_of(wanted: UplinkSettings, registry: Registry) -> Platform:
    """SetupError names the meters that the registry lacks, or what is wrong with the password's file."""
    unknown = [meter for meter in wanted.meters if meter not in registry.meter_number]
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        named = ", ".join(f"{meter!r:.40}" for meter in unknown[:MOST_NAMED])
        raise SetupError(f"uplink.meters: the registry has no meter {named}{more}; import it first, or take it out")
    password = secret_in(wanted.password_file, named_by="uplink.password_file")
    if not _PASSWORD.fullmatch(password) or _OF_THE_FRAME & set(password):
        raise SetupError(f"{wanted.password_file} holds no password of HJ 212 (uplink.password_file names it)")
    return Platform(
        host=wanted.host,
        port=wanted.port,
        sender=Sender(wanted.mn, password),
        codes={registry.meter_number[meter]: code for meter, code in wanted.meters.items()},
        every_s=wanted.every_s,
        overtime_s=wanted.overtime_s,
        recount=wanted.recount,
        look_back_s=wanted.look_back_s,
    )
