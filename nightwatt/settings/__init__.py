"""Reading the settings: the file, the environment and the secrets' own files."""

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from core.errors import SetupError
from ingest.hj212.station import Hj212Limits
from nightwatt.settings.model import PREFIX, Settings
from nightwatt.settings.tables import (
    ChannelSettings,
    ClockSettings,
    DeadLetterSettings,
    Hj212Settings,
    ScreeningSettings,
    SeasonSettings,
    SpoolSettings,
    UplinkSettings,
)

__all__ = [
    "ChannelSettings",
    "ClockSettings",
    "DeadLetterSettings",
    "Hj212Settings",
    "ScreeningSettings",
    "SeasonSettings",
    "Settings",
    "SpoolSettings",
    "UplinkSettings",
    "channel_address",
    "load_settings",
    "secret_in",
    "secrets_of",
]

SECRETS = ("mqtt_password", "database_url", "series_url", "series_token", "series_password")
"""Settings whose value may lie in a file that NIGHTWATT_…_FILE names."""


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Settings of this environment; SetupError lists everything that is wrong with them, one line each."""
    environ = dict(os.environ) if environ is None else environ
    values = _file(environ.get(PREFIX + "CONFIG"))
    for key in SECRETS:
        if secret := _secret(key, environ):
            values[key] = secret
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SetupError("; ".join(_fault(fault) for fault in error.errors())) from error
    except SettingsError as error:
        raise SetupError(f"{error}: a table or list in a variable is written as JSON") from error


def channel_address(channel: ChannelSettings) -> str:
    """The secret address of a channel; SetupError where it is missing or its file can't be read."""
    if channel.url is not None:
        return channel.url.get_secret_value()
    if channel.url_file is None:
        raise SetupError(f"channel {channel.name!r} has neither url nor url_file")
    return secret_in(channel.url_file, named_by=f"url_file of channel {channel.name!r}")


def secrets_of(path: Path | None, *, named_by: str) -> dict[str, str]:
    """A TOML file of MN = "secret" lines; SetupError where it can't be read. None: there are none."""
    if path is None:
        return {}
    try:
        found = tomllib.loads(secret_in(path, named_by=named_by))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f'{path} is not TOML of MN = "…" lines ({named_by} names it)') from error
    if wrong := [mn for mn, secret in found.items() if not isinstance(secret, str)]:
        raise SetupError(f"{path}: {wrong[0]!r:.40} is not text ({named_by} names it)")
    return found


def secret_in(path: Path, *, named_by: str) -> str:
    """A secret that lies in a file of its own; SetupError where it can't be read."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SetupError(f"can't read the secret {path}: {reason} ({named_by} names it)") from error


def _file(name: str | None) -> dict[str, Any]:
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise SetupError(
            f"can't read the configuration {name}: {error.strerror} (NIGHTWATT_CONFIG names it)"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"the configuration {name} is not TOML: {error}") from error


def _secret(key: str, environ: dict[str, str]) -> str | None:
    """A secret whose file is named by NIGHTWATT_…_FILE."""
    variable = f"{PREFIX}{key.upper()}_FILE"
    return secret_in(Path(environ[variable]), named_by=variable) if environ.get(variable) else None


_TABLES: dict[str, type[BaseModel] | type[Hj212Limits]] = {
    "": Settings,
    "screening": ScreeningSettings,
    "screening.seasons": SeasonSettings,
    "channels": ChannelSettings,
    "clock": ClockSettings,
    "dead_letters": DeadLetterSettings,
    "hj212": Hj212Settings,
    "hj212.limits": Hj212Limits,
    "spool": SpoolSettings,
    "uplink": UplinkSettings,
}


def _fault(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        # Where a table may come several times, its number is a part of the place.
        table = _TABLES[".".join(part for part in fault["loc"][:-1] if isinstance(part, str))]
        known = table.model_fields if issubclass(table, BaseModel) else [field.name for field in fields(table)]
        return f"unknown setting {key!r}; known are {', '.join(sorted(known))}"
    return f"setting {key!r}: {fault['msg'].removeprefix('Value error, ')}"
