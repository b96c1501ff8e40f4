"""The tables of the settings file, each with its defaults."""

import math
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from analytics.screening.settings import Screening, Season
from core.interval import DAY_MS, Window
from ingest.columns import ClockLimits
from ingest.hj212.station import Hj212Limits

Port = Annotated[int, Field(ge=1, le=65535)]


def _window(text: str) -> str:
    Window.parse(text)
    return text


def _bearable(limits: Hj212Limits) -> Hj212Limits:
    for name, value in asdict(limits).items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be a number above 0, not {value}")
    return limits


def _one_each(codes: dict[str, str]) -> dict[str, str]:
    for code in codes.values():
        if not re.fullmatch(r"1000\d\d", code, re.ASCII):
            raise ValueError(f"a circuit's code is 100000 to 100099, not {code!r:.40}")
    if twice := [code for code, count in Counter(codes.values()).items() if count > 1]:
        raise ValueError(f"circuit {twice[0]} has more than one meter")
    return codes


class Part(BaseModel):
    """A table: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelSettings(Part):
    """A way to phones: `[[channels]]` in the file. The address may be kept in a file of its own."""

    name: str = Field(min_length=1, max_length=80)
    url: SecretStr | None = None
    url_file: Path | None = None
    district: str | None = None
    min_severity: int = Field(default=1, ge=1, le=3)
    language: str = Field(default="zh", pattern="^(zh|en)$")


class SeasonSettings(Part):
    """Windows of one enterprise for a part of the year: `[[screening.seasons]]` in the file."""

    enterprise: str = Field(min_length=1)
    first: str = Field(default="01-01", pattern=r"^\d{2}-\d{2}$")
    last: str = Field(default="12-31", pattern=r"^\d{2}-\d{2}$")
    night: Annotated[str, AfterValidator(_window)]
    day: Annotated[str, AfterValidator(_window)]


class ScreeningSettings(Part):
    """The day/night screening: `[screening]` in the file."""

    night: Annotated[str, AfterValidator(_window)] = "22:00-06:00"
    day: Annotated[str, AfterValidator(_window)] = "06:00-22:00"
    period_days: int = Field(default=14, ge=1, le=366)
    every_minutes: int = Field(default=60, ge=1, le=10_080)
    seasons: tuple[SeasonSettings, ...] = ()

    def windows(self) -> Screening:
        """What the screening itself is told."""
        overrides: dict[str, tuple[Season, ...]] = {}
        for row in self.seasons:
            season = Season(row.first, row.last, Window.parse(row.night), Window.parse(row.day))
            overrides[row.enterprise] = (*overrides.get(row.enterprise, ()), season)
        return Screening(night=Window.parse(self.night), day=Window.parse(self.day), overrides=overrides)


class SpoolSettings(Part):
    """Where readings wait while the series store is away: `[spool]` in the file."""

    folder: Path | None = None
    most_bytes: int = Field(default=1 << 30, ge=1 << 20)


class ClockSettings(Part):
    """How wrong a meter's clock may be: `[clock]` in the file. What lies beyond is stored, marked and not believed."""

    ahead_minutes: int = Field(default=10, ge=1, le=1_440)
    behind_days: int = Field(default=31, ge=1, le=3_660)

    def limits(self) -> ClockLimits:
        return ClockLimits(ahead_ms=self.ahead_minutes * 60_000, behind_ms=self.behind_days * DAY_MS)


class DeadLetterSettings(Part):
    """How many messages that could not be understood are kept, and how long: `[dead_letters]` in the file."""

    keep: int = Field(default=10_000, ge=1, le=1_000_000)
    keep_bytes: int = Field(default=64 * 1024 * 1024, ge=1_000_000)
    keep_days: int = Field(default=90, ge=1, le=3_660)


class Hj212Settings(Part):
    """The HJ 212 server: `[hj212]` in the file. Passwords and SM4 keys are TOML files of MN = "…" lines."""

    enabled: bool = True
    require_password: bool = False
    passwords_file: Path | None = None
    keys_file: Path | None = None
    limits: Annotated[Hj212Limits, AfterValidator(_bearable)] = Hj212Limits()


class UplinkSettings(Part):
    """A higher platform that readings are sent on to by HJ 212: `[uplink]` in the file.

    `meters` gives the circuit ("100000") of every meter, by the meter's id, that is sent.
    """

    host: str = Field(min_length=1)
    port: Port = 8212
    mn: str = Field(pattern=r"^[0-9A-Za-z_.\-]{1,40}$")
    password_file: Path
    every_s: float = Field(default=60, ge=1, le=3_600)
    overtime_s: float = Field(default=5, ge=1, le=300)
    recount: int = Field(default=3, ge=0, le=100)
    look_back_s: float = Field(default=600, ge=0, le=604_800)
    meters: Annotated[dict[str, str], Field(min_length=1), AfterValidator(_one_each)]
